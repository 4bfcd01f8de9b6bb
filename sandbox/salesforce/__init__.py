"""A loopback stand-in for one Salesforce org."""

"""The only code that speaks to a CRM: one package for each, behind the ports of the domain."""

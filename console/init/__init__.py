"""`revloop init`: a project folder from what both CRMs say of themselves."""

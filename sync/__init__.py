"""The product: Act-On scores become Pipeliner Leads and Contacts, with no web server running."""

"""People from the organisation's directory: log-in by LDAP, by OpenID Connect, or by the proxy's header."""

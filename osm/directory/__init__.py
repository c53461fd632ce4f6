"""People whom the directory of the organisation knows: log-in by LDAP, by OpenID Connect, or by the proxy's header."""

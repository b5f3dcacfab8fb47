"""What the project is made of: locked with hashes, audited for known vulnerabilities, listed in an SBOM."""

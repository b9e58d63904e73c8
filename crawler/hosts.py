"""Hosts that are no public ones: names of this machine and private addresses."""

from ipaddress import ip_address


def is_local_name(host: str) -> bool:
    """Whether a name always means this machine (RFC 6761, section 6.3)."""
    return host == "localhost" or host.endswith(".localhost")


def is_private(address: str) -> bool:
    """Whether an IP address is anything but a public one; False for what is no IP address."""
    try:
        return not ip_address(address.strip("[]")).is_global
    except ValueError:
        return False

"""What is stored encrypted: by Fernet, with a key derived from OSM_ENCRYPTION_KEY for one purpose."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import URLSafeSerializer

from osm.base.application import current_settings


def derived_key(purpose: bytes) -> bytes:
    """32 bytes that differ for each purpose, by HKDF (RFC 5869)."""
    secret = current_settings().encryption_key.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)


def signer(purpose: str) -> URLSafeSerializer:
    """What a form takes along and nobody may change."""
    return URLSafeSerializer(current_settings().secret_key, salt=purpose)


def cipher(purpose: bytes) -> Fernet:
    return Fernet(urlsafe_b64encode(derived_key(purpose)))

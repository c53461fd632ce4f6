"""Pictures as people attach them, and harmful ones: large, hostile, cut off."""

from __future__ import annotations

import base64
import io
import struct
import zlib

from PIL import Image
from pillow_heif import register_heif_opener

register_heif_opener()

HOSTILE_SIZE = (10_900, 11_000)


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **how: object) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, "teal").save(target, kind, **how)
    return target.getvalue()


def animated(kind: str) -> bytes:
    """Three frames of 60 × 40 points, the first one teal."""
    target = io.BytesIO()
    later = [Image.new("RGB", (60, 40), colour) for colour in ("red", "white")]
    Image.new("RGB", (60, 40), "teal").save(target, kind, save_all=True, append_images=later, duration=100)
    return target.getvalue()


def hostile_webp(size: tuple[int, int] = HOSTILE_SIZE) -> bytes:
    """36 lossless bytes that every reader opens; at HOSTILE_SIZE they take 1.9 GB."""
    width, height = size
    head = struct.pack("<BI", 0x2F, (width - 1) | (height - 1) << 14)
    body = head + bytes.fromhex("0750c02860ff0311d1ff00")
    return b"RIFF" + struct.pack("<I", 12 + len(body)) + b"WEBPVP8L" + struct.pack("<I", len(body)) + body


def heic_of_48_megapixels() -> bytes:
    """8064 × 6048 points of one colour, named as a telephone does."""
    return zlib.decompress(base64.b85decode(_HEIC))


_HEIC = (
    "c-rmPK}Zx)7y#h^&8#(twUts=B+?Wi6SD1Obs0>G@YW%UL|w;S_QlTbV|P|pqgX+$AYvi#Y~6~eJsYB-h(`}~@a8c(2^A<P_"
    "P^a#$aCy3`v3Eo_ufDM%*Q;~nH>N)AN9smEFvAiaAh>4$F2-V0mMT$;)S6U7h}WmRCx?aIvyN~78y?#FVbU!zzst@E%g8$&v"
    "4f&Wg=Rf>TDfOB1U-@8*xH<ct%OjJt$e1Dy6WWlgdeA{{+i!2~(%?#iIF5*xB9M0tlFcct(RQ{9<oU7nr)j)NOvwu)}!pO1B"
    "V)j?BW21^rVqKkv4GN*IlPOJ`U0&a#K_l+!)pYpO70qjb(m##0F=p2c)EoXTOUR;E>?bbC!W56<GCM#-$y8Pl@xY7msl-Csd"
    "m6yJnl`fxR--Qh4UV8{3+@wuv|^To^YY<6@clgW7hMEd_kZue%}hlTCseD%Ql$=}U?VpD^miN4NP8|8JVSi9W(F1J!uSh`+m"
    "7))d4O`xu!@-75^JSR}G^)Ax5O=~2sd5wY%Zc?cCZ3=ZeN1%%D1gNi;0JR<vp#Clbw4UNeb0JTFUfm!-?@&A)9#On)(iC_4n"
    "&L6|kplfjfl|C>L_2}mOJI%?m~RQpF9asR9~JS7;6tjOz-%EfZxEQbPl$Q%gqZzovdQL=H6OFdCYx-s$tIg@vdJc!Y_iEFn{"
    "2YlCYx-sdA!WCg}<K8-&6"
)

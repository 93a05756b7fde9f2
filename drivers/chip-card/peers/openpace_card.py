#!/usr/bin/env python3
"""A card that is not ours, read by `kioskctl card read` through a real pcscd.

PACE and secure messaging are OpenPACE's (Debian's libeac3, called through ctypes), keys, certificates, the signed SOD and
the chip's own signatures are OpenSSL's (the program), DG1, DG13 and EF.CardAccess are those of the vectors. Nothing of
drivers/sim has a part in it.

    apt-get install libeac3 openssl pcscd vsmartcard-vpcd && cargo build -p kioskctl
    drivers/chip-card/peers/openpace_card.py      prints a Markdown table, exit 1 on a difference
"""

import ctypes
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[3]
VECTORS = json.loads((WORKSPACE / "drivers/chip-card/tests/vectors/icao9303-vectors.json").read_text())
PERSON = VECTORS["cccd_synthetic"]
KIOSKCTL = WORKSPACE / "target/debug/kioskctl"
DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
ATR = bytes.fromhex("3B80800101")
PACE_CAN = 2
CHANNEL_OF_PACE = 0
BRAINPOOL_P256 = 13
RESPONSE_MAX = 223
READY_WITHIN = 30
READINGS = 20
PLAIN_ECDSA_SHA256 = "060A04007F00070101040103"


def tlv(tag, content):
    size = len(content)
    length = bytes([size]) if size < 0x80 else bytes([0x81, size & 0xFF])
    if size > 0xFF:
        length = b"\x82" + size.to_bytes(2, "big")
    return bytes.fromhex(tag) + length + content


def objects(data):
    """BER-TLV with one-byte tags, as a dictionary."""
    found, at = {}, 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size >= 0x80:
            extra = size & 0x7F
            size, at = int.from_bytes(data[at : at + extra], "big"), at + extra
        found[tag] = data[at : at + size]
        at += size
    return found


def parts(apdu):
    """Header, data and expected length of a command, short or extended (ISO 7816-4, 5.1)."""
    header, rest = apdu[:4], apdu[4:]
    if len(rest) > 3 and rest[0] == 0:
        size, at = int.from_bytes(rest[1:3], "big"), 3
    else:
        size, at = rest[0] if len(rest) > 1 else 0, 1
    data, expected = (rest[at : at + size], rest[at + size :]) if size else (b"", rest)
    return header, data, int.from_bytes(expected, "big") or 256


class Buffer(ctypes.Structure):
    """OpenSSL's BUF_MEM."""

    _fields_ = [
        ("length", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("max", ctypes.c_size_t),
        ("flags", ctypes.c_ulong),
    ]


class OpenPace:
    """One talk with a terminal. What is asked of the library is named as in its header pace.h."""

    library = None

    def __init__(self, can):
        eac = OpenPace.library = OpenPace.library or self.load()
        self.context = eac.EAC_CTX_new()
        protocol = eac.EAC_OBJ_txt2nid(b"0.4.0.127.0.7.2.2.4.2.2")
        if eac.EAC_CTX_init_pace(self.context, protocol, BRAINPOOL_P256) != 1:
            sys.exit("OpenPACE does not know the protocol")
        self.secret = eac.PACE_SEC_new(can, len(can), PACE_CAN)

    @staticmethod
    def load():
        eac = ctypes.CDLL("libeac.so.3")
        pointer = ctypes.POINTER(Buffer)
        for name in ("EAC_CTX_new", "PACE_SEC_new"):
            getattr(eac, name).restype = ctypes.c_void_p
        eac.PACE_SEC_new.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
        eac.EAC_CTX_init_pace.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
        eac.BUF_MEM_create_init.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
        eac.BUF_MEM_create_init.restype = pointer
        eac.PACE_STEP1_enc_nonce.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        make = ("PACE_STEP3A_generate_mapping_data", "PACE_STEP3B_generate_ephemeral_key")
        turn = ("EAC_add_iso_pad", "EAC_encrypt", "EAC_decrypt", "EAC_authenticate", "PACE_STEP3D_compute_authentication_token")
        take = ("PACE_STEP3A_map_generator", "PACE_STEP3B_compute_shared_secret", "PACE_STEP3D_verify_authentication_token")
        for name in ("PACE_STEP1_enc_nonce", *make, *turn):
            getattr(eac, name).restype = pointer
        for name in (*turn, *take):
            getattr(eac, name).argtypes = [ctypes.c_void_p, pointer]
        for name in (*make, "PACE_STEP3C_derive_keys", "EAC_increment_ssc"):
            getattr(eac, name).argtypes = [ctypes.c_void_p]
        eac.EAC_CTX_set_encryption_ctx.argtypes = [ctypes.c_void_p, ctypes.c_int]
        eac.EAC_init()
        return eac

    def buffer(self, data):
        return self.library.BUF_MEM_create_init(data, len(data))

    def made(self, name, *arguments):
        answer = getattr(self.library, name)(self.context, *arguments)
        if not answer:
            raise Refused(0x6988)
        return ctypes.string_at(answer.contents.data, answer.contents.length)

    def done(self, name, *arguments):
        if getattr(self.library, name)(self.context, *arguments) != 1:
            raise Refused(0x6300)

    def step(self, sent):
        """GENERAL AUTHENTICATE: what the terminal sends, and what it gets."""
        if not sent:
            return 0x80, self.made("PACE_STEP1_enc_nonce", self.secret)
        if 0x81 in sent:
            ours = self.made("PACE_STEP3A_generate_mapping_data")
            self.done("PACE_STEP3A_map_generator", self.buffer(sent[0x81]))
            return 0x82, ours
        if 0x83 in sent:
            self.terminals = sent[0x83]
            ours = self.made("PACE_STEP3B_generate_ephemeral_key")
            self.done("PACE_STEP3B_compute_shared_secret", self.buffer(self.terminals))
            return 0x84, ours
        self.done("PACE_STEP3C_derive_keys")
        token = self.made("PACE_STEP3D_compute_authentication_token", self.buffer(self.terminals))
        self.done("PACE_STEP3D_verify_authentication_token", self.buffer(sent[0x85]))
        return 0x86, token

    def open_channel(self):
        self.done("EAC_CTX_set_encryption_ctx", CHANNEL_OF_PACE)

    def pad(self, data):
        return self.made("EAC_add_iso_pad", self.buffer(data))

    def unprotect(self, apdu):
        """Header, data and expected length of the command in a protected one."""
        self.done("EAC_increment_ssc")
        header, body, _ = parts(apdu)
        sent, signed = objects(body), body[: body.rindex(b"\x8e\x08")]
        message = self.pad(header) + (self.pad(signed) if signed else b"")
        if self.made("EAC_authenticate", self.buffer(message)) != sent[0x8E]:
            raise Refused(0x6988)
        plain = b""
        if 0x87 in sent:
            padded = self.made("EAC_decrypt", self.buffer(sent[0x87][1:]))
            plain = padded[: padded.rindex(b"\x80")]
        return header, plain, int.from_bytes(sent.get(0x97, b""), "big") or 256

    def protect(self, data, status):
        self.done("EAC_increment_ssc")
        body = b""
        if data:
            body = tlv("87", b"\x01" + self.made("EAC_encrypt", self.buffer(self.pad(data))))
        body += tlv("99", status)
        return body + tlv("8E", self.made("EAC_authenticate", self.buffer(self.pad(body)))) + status


class Refused(Exception):
    def __init__(self, status):
        super().__init__(hex(status))
        self.status = status.to_bytes(2, "big")


class Authority:
    """Keys and certificates of OpenSSL's making, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.key("csca")
        self.run("req -x509 -new -key csca.key -sha256 -days 30 -subj /C=VN/CN=Invented -out csca.pem"
                 " -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign")
        self.key("signer")
        self.run("req -new -key signer.key -subj /C=VN/CN=Signer -out signer.csr")
        (folder / "purpose").write_text("keyUsage=critical,digitalSignature\n")
        self.run("x509 -req -in signer.csr -CA csca.pem -CAkey csca.key -days 20 -sha256 -extfile purpose -out signer.pem")
        (folder / "anchors").mkdir()
        self.run("x509 -in csca.pem -outform DER -out anchors/csca.der")
        self.key("chip")

    def key(self, name):
        self.run(f"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 -out {name}.key")

    def run(self, arguments):
        done = subprocess.run(["openssl", *arguments.split()], cwd=self.folder, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"openssl {arguments}: {done.stderr.decode()}")
        return done.stdout

    def digest(self, data):
        (self.folder / "data").write_bytes(data)
        return self.run("dgst -sha256 -binary data")

    def public_key(self):
        return self.run("pkey -in chip.key -pubout -outform DER")

    def sign(self, challenge):
        """r and s side by side, as Doc 9303-11 has the chip's signature."""
        (self.folder / "challenge").write_bytes(challenge)
        sequence = objects(self.run("dgst -sha256 -sign chip.key challenge"))[0x30]
        first = 2 + sequence[1]
        numbers = [sequence[2:first], sequence[first + 2 :]]
        return b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in numbers)

    def security_object(self, groups):
        hashes = b"".join(
            tlv("30", tlv("02", bytes([number])) + tlv("04", self.digest(data))) for number, data in sorted(groups.items())
        )
        sha256 = tlv("30", bytes.fromhex("0609608648016503040201") + b"\x05\0")
        (self.folder / "lds").write_bytes(tlv("30", tlv("02", b"\0") + sha256 + tlv("30", hashes)))
        self.run("cms -sign -binary -nodetach -nosmimecap -md sha256 -econtent_type 2.23.136.1.1.1 -in lds"
                 " -signer signer.pem -inkey signer.key -outform DER -out sod")
        return tlv("77", (self.folder / "sod").read_bytes())


class Card:
    """An application of Doc 9303-10 in the manner of the CCCD."""

    def __init__(self, authority):
        self.authority = authority
        information = tlv("30", bytes.fromhex("0606678108010105020101") + bytes.fromhex(PLAIN_ECDSA_SHA256))
        offer = bytes.fromhex(VECTORS["cccd_ef_cardaccess"]["hex"])
        groups = {
            1: bytes.fromhex(PERSON["ef_dg1"]),
            13: bytes.fromhex(PERSON["ef_dg13"]),
            14: tlv("6E", tlv("31", information)),
            15: tlv("6F", authority.public_key()),
        }
        self.files = {0x0100 + number: data for number, data in groups.items()}
        self.files |= {0x011C: offer, 0x011D: authority.security_object(groups)}
        self.can = PERSON["can"].encode()
        self.reset()

    def reset(self):
        self.pace, self.is_open, self.selected = None, False, None

    def answer(self, apdu):
        is_protected = apdu[0] & 0x0C == 0x0C
        try:
            if not is_protected:
                data, opens = self.obey(*parts(apdu))
                if opens:
                    self.pace.open_channel()
                    self.is_open = True
                return data + b"\x90\0"
            if not self.is_open:
                raise Refused(0x6982)
            command = self.pace.unprotect(apdu)
        except Refused as refused:
            self.is_open = False
            return refused.status
        try:
            data, status = self.obey(*command)[0], b"\x90\0"
        except Refused as refused:
            data, status = b"", refused.status
        return self.pace.protect(data, status)

    def obey(self, header, body, expected):
        """The data of the answer, and whether the channel is open from the next command on."""
        instruction, first, second = header[1:]
        if instruction == 0xA4:
            return self.select(first, body), False
        if instruction == 0xB0:
            return self.read(first, second, expected), False
        if (instruction, first, second) == (0x22, 0xC1, 0xA4):
            if objects(body).get(0x83) != bytes([PACE_CAN]):
                raise Refused(0x6A80)
            self.pace = OpenPace(self.can)
            return b"", False
        if instruction == 0x86 and self.pace:
            tag, data = self.pace.step(objects(objects(body)[0x7C]))
            return tlv("7C", tlv(f"{tag:02X}", data)), tag == 0x86
        if instruction == 0x88 and self.is_open:
            return self.authority.sign(body), False
        raise Refused(0x6D00)

    def select(self, how, name):
        if how == 0x04:
            if name != bytes.fromhex("A0000002471001"):
                raise Refused(0x6A82)
            return b""
        if how == 0x02:
            self.selected = self.file(int.from_bytes(name, "big"))
            return b""
        raise Refused(0x6D00)

    def file(self, identifier):
        if identifier != 0x011C and not self.is_open:
            raise Refused(0x6982)
        if identifier not in self.files:
            raise Refused(0x6A82)
        return self.files[identifier]

    def read(self, first, second, expected):
        if first & 0x80:
            self.selected, offset = self.file(0x0100 | first & 0x1F), second
        else:
            offset = first << 8 | second
        if self.selected is None:
            raise Refused(0x6986)
        if offset >= len(self.selected):
            raise Refused(0x6B00)
        return self.selected[offset : offset + min(expected, RESPONSE_MAX)]

    def serve(self, port):
        """The client of vpcd's wire: a length of two bytes and a message; one byte is a control."""
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                message = exactly(line, int.from_bytes(exactly(line, 2), "big"))
                if len(message) == 1:
                    if message == b"\x04":
                        send(line, ATR)
                    else:
                        self.reset()
                else:
                    send(line, self.answer(message))


def exactly(line, count):
    data = b""
    while len(data) < count:
        part = line.recv(count - len(data))
        if not part:
            sys.exit(0)
        data += part
    return data


def send(line, message):
    line.sendall(len(message).to_bytes(2, "big") + message)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start_service(folder, port):
    """A pcscd of our own. The listening socket is handed over as systemd does, through standard input."""
    (folder / "readers").mkdir()
    entry = f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{port}\nLIBPATH {DRIVER}\nCHANNELID {port}\n'
    (folder / "readers/vpcd").write_text(entry)
    Path("/run/pcscd").mkdir(exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "pcscd.comm"))
    listener.listen()
    script = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&0 0</dev/null'
    command = ["sh", "-c", script, "sh", "/usr/sbin/pcscd", "--foreground", "--info", "-c", str(folder / "readers")]
    if os.getuid() == 0:
        folder.chmod(0o755)
        (folder / "pcscd.comm").chmod(0o666)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] + command
    return subprocess.Popen(command, stdin=listener, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def connect(card, port):
    give_up_at = time.monotonic() + READY_WITHIN
    while time.monotonic() < give_up_at:
        try:
            return card.serve(port)
        except ConnectionRefusedError:
            time.sleep(0.05)
    sys.exit("pcscd did not come up")


def read(folder, can):
    command = [KIOSKCTL, "card", "read", "--json", "--show-personal", "--wait", "60", "--can", can]
    place = os.environ | {"PCSCLITE_CSOCK_NAME": str(folder / "pcscd.comm")}
    done = subprocess.run([*command, "--anchors", folder / "anchors"], env=place, capture_output=True, text=True)
    return json.loads(done.stdout or "{}")


def main():
    folder = Path(tempfile.mkdtemp(prefix="openpace-card"))
    card, port = Card(Authority(folder)), free_port()
    service = start_service(folder, port)
    try:
        threading.Thread(target=connect, args=(card, port), daemon=True).start()
        rows = [(f"read {READINGS} times", all_right(folder), True)]
        rows.append(("another number", read(folder, "543210").get("error"), "wrong_access_number"))
        card.files[0x010D] = card.files[0x010D][:-1] + b"?"
        results = read(folder, PERSON["can"]).get("results", {})
        rows.append(("a changed DG13", results.get("integrity", {}).get("verdict"), "changed"))
    finally:
        service.terminate()
        subprocess.run(["rm", "-r", folder], check=True)
    print("| the card of OpenPACE and OpenSSL | found | expected |\n|---|---|---|")
    for name, found, expected in rows:
        print(f"| {name} | {found} | {expected} |")
    sys.exit(any(found != expected for _, found, expected in rows))


def all_right(folder):
    for _ in range(READINGS):
        line = read(folder, PERSON["can"])
        results = line.get("results", {})
        integrity, chip = results.get("integrity", {}), results.get("chip", {})
        verdicts = [integrity.get("verdict"), results.get("issuer"), chip.get("verdict")]
        name = line.get("personal", {}).get("full_name")
        if verdicts != ["intact", "verified", "genuine"] or name != PERSON["ef_dg13_fields"]["2"]:
            return f"{verdicts}, {line.get('error')}"
    return True


if __name__ == "__main__":
    main()

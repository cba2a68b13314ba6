"""URLs that reach, with one parser or resolver or another, what a tenant must not reach. Each names itself by its class."""

from __future__ import annotations

from typing import Final


def _hosts(text: str) -> list[str]:
    return [f"https://{host}/" for host in text.split()]


NUMERIC: Final = _hosts(
    """
    2130706433 017700000001 0x7f000001 0x7F000001 0X7F000001 127.1 127.0.1 127.00.0.1 127.0.0.01 0127.0.0.1 0177.0.0.1
    0177.0.0.01 0177.0.1 0177.1 0x7f.0.0.1 0x7f.0x0.0x0.0x1 0x7f.1 0x7f.0.1 127.0x1 127.0.0x1 127.0.0.0x1 0x7f.0.0.01
    00000177.0.0.1 0 0.0 00 0x0 0x 2852039166 0xa9fea9fe 0xA9FEA9FE 025177524776 169.254.43518 169.16689662 0xa9.0xfe.0xa9.0xfe
    0251.0376.0251.0376 10.1 3232235777 0xc0a80101 192.168.257 256.256.256.256 127.0.0.1. 127.1. 2130706433. 1.2.3 1.2.3.4.5
    127.0.0.1.. 127..0.0.1 .127.0.0.1 4294967296 good.com.1 good.com.0x7f 127.0.0.-1 127.0.0.1_
    """
)
SPECIAL_IPV4: Final = _hosts(
    """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254 168.63.129.16
    169.254.0.23 169.254.169.123 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.170 192.0.0.192 192.0.2.1
    192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255
    """
)
IPV6: Final = _hosts(
    """
    [::] [::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::127.0.0.1] [::7f00:1] [::a9fe:a9fe]
    [::169.254.169.254] [::ffff:127.0.0.1] [::ffff:7f00:1] [::FFFF:7F00:1] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:169.254.169.254]
    [::ffff:a9fe:a9fe] [::ffff:10.0.0.1] [::ffff:8.8.8.8] [::ffff:0:127.0.0.1] [::ffff:0:7f00:1] [64:ff9b::7f00:1]
    [64:ff9b::a9fe:a9fe] [64:ff9b::169.254.169.254] [64:ff9b::8.8.8.8] [64:ff9b:1::1] [64:ff9b:1::a9fe:a9fe] [100::1]
    [2001::1] [2001:0:53aa:64c:0:0:5601:5601] [2001:2::1] [2001:10::1] [2001:20::1] [2001:db8::1] [2002:7f00:1::]
    [2002:a9fe:a9fe::] [2002:a00:1::1] [2620:4f:8000::1] [3fff::1] [3fff:fff::1] [4000::1] [5f00::1] [fc00::1] [fd00::1]
    [fd00:ec2::254] [fd00:ec2::23] [fd20:ce::254] [fe80::1] [fe80::1%25eth0] [fe80::1%eth0] [febf::1] [fec0::1] [ff02::1]
    [ff0e::1] [::1%25lo] [::1]. [::1 ::1] [[::1]] [] [:] [:::] [::1::] [v1.127.0.0.1] [127.0.0.1] [localhost] [0x7f.1]
    """
)
UNICODE: Final = _hosts(
    """
    \uff11\uff12\uff17.0.0.1 \uff11\uff12\uff17\uff0e\uff10\uff0e\uff10\uff0e\uff11 127\u30020.0.1 127\uff0e0\uff0e0\uff0e1
    127\uff610\uff610\uff611 \u2460\u2461\u2466.0.0.1 \u2460\u2461\u2466\u30020\u30020\u30021 \u24d0.\u2460 \u00b9\u00b2\u2077.0.0.1
    1\u00b2\u2077.0.0.1 \u0661\u0662\u0667.0.0.1 \u0967\u0968\u096d.0.0.1 \uff10x7f000001 0\uff587f.1
    \u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3
    \uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54 local\u00adhost \u217cocalhost loca\u2113host \u2097ocalhost
    metadata.google.\u2170nternal metadata\u3002google\u3002internal good.com\u2024localhost 127.0.0.1\uff0f.good.com
    good.com\u2044x
    good.com\uff1a443 good.com\uff20127.0.0.1 \u200b127.0.0.1 \u202egood.com 169\u2024254\u2024169\u2024254
    \uff11\uff16\uff19\uff0e254.169.254 \U0001d7cf27.0.0.1 good\ufffd.com \u2488.2.3.4 8.8.8.\uff18
    """
)
_LOCAL_NAMES: Final = _hosts(
    """
    localhost LOCALHOST localhost. LocalHost. localhost.localdomain localhost6 ip6-localhost foo.localhost foo.LOCALHOST.
    metadata metadata.google.internal METADATA.GOOGLE.INTERNAL metadata.google.internal. instance-data.ec2.internal
    kubernetes kubernetes.default.svc.cluster.local vault.internal postgres db.corp db.home db.lan wpad.intranet router.home.arpa
    printer.local 1.0.0.127.in-addr.arpa a.test a.invalid a.example a.onion nip.io 127.0.0.1.nip.io 169-254-169-254.sslip.io
    127.0.0.1.xip.io localtest.me a.localtest.me lvh.me a.lvh.me -good.com good-.com good..com .good.com good.com.. com com.
    """
)
NAMES: Final = [
    *_LOCAL_NAMES,
    f"https://{'a' * 64}.com/",
    f"https://{'a.' * 126}com/",
    "https://good.com.internal/",
    "https://*.good.com/",
    "https://good.com,127.0.0.1/",
    "https://good!.com/",
]
PARSING: Final = [
    "https://good.com@127.0.0.1/",
    "https://user:hunter2@127.0.0.1/",
    "https://@127.0.0.1/",
    "https://:@127.0.0.1/",
    "https://127.0.0.1@good.com/",
    "https://user@good.com/",
    "https://good.com:443@127.0.0.1/",
    "https://good.com%40127.0.0.1/",
    "https://good.com%2f@127.0.0.1/",
    "https://127.0.0.1%2f.good.com/",
    "https://127.0.0.1%00.good.com/",
    "https://%31%32%37.0.0.1/",
    "https://%6c%6f%63%61%6c%68%6f%73%74/",
    "https://good.com\\@127.0.0.1/",
    "https://good.com\\127.0.0.1/",
    "https:\\\\127.0.0.1\\",
    "https:/\\127.0.0.1/",
    "https://127.0.0.1\\.good.com/",
    "https://127.0.0.1\t.good.com/",
    "https://127.0.\t0.1/",
    "ht\ttps://127.0.0.1/",
    "https://127.0.0.1\n.good.com/",
    "https://127.0.0.1\r\n/",
    "https://good.com/\r\nHost: 127.0.0.1",
    "https://good.com/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    " https://127.0.0.1/",
    "https://127.0.0.1/ ",
    "\x00https://127.0.0.1/",
    "https://127.0.0.1\x00.good.com/",
    "https://127.0.0.1 .good.com/",
    "https://127.0.0.1\x7f/",
    "https://127.0.0.1|good.com/",
    "https://127.0.0.1^good.com/",
    "https://127.0.0.1`good.com/",
    "https://<127.0.0.1>/",
    'https://"127.0.0.1"/',
    "https://{127.0.0.1}/",
    "https://good.com#@127.0.0.1/",
    "https://good.com/#@127.0.0.1/",
    "https://127.0.0.1#@good.com/",
    "https://127.0.0.1?@good.com/",
    "https://127.0.0.1/@good.com",
    "https://127.0.0.1;good.com/",
    "https://127.0.0.1:443:443/",
    "https:///127.0.0.1/",
    "https:////127.0.0.1/",
    "https://",
    "https:///",
    "https://.",
    "https://good.com/\N{SNOWMAN}",
    "https://" + "a" * 2048,
    f"https://good.com/?{'a' * 2048}",
]
PORTS: Final = [
    *(
        f"https://good.com:{port}/"
        for port in ("0", "22", "80", "8443", "65536", "99999", "443443", "", "-1", "+443", " 443")
    ),
    *(f"https://good.com:{port}/" for port in ("4e2", "0x1bb", "\uff14\uff14\uff13", "\u0664\u0664\u0663", "443a")),
]
SCHEMES: Final = [
    *(f"http://{host}/" for host in ("good.com", "good.com:443", "127.0.0.1", "169.254.169.254/latest/meta-data")),
    *(
        f"{scheme}://good.com/"
        for scheme in ("ftp", "gopher", "dict", "ldap", "tftp", "sftp", "ws", "wss", "jar:https", "httpss")
    ),
    *(f"{scheme}://127.0.0.1/" for scheme in ("ftp", "gopher", "dict", "h\uff54tps", "https\u200b", "1https")),
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "data:text/plain,x",
    "javascript:alert(1)",
    "unix:/run/postgres.sock",
    "https:127.0.0.1",
    "https:/127.0.0.1",
    "https:good.com",
    "//127.0.0.1/",
    "127.0.0.1",
    "good.com",
    "://127.0.0.1/",
    "",
]
HOSTILE: Final = {
    "numeric": NUMERIC,
    "special IPv4": SPECIAL_IPV4,
    "IPv6": IPV6,
    "Unicode": UNICODE,
    "names": NAMES,
    "parsing": PARSING,
    "ports": PORTS,
    "schemes": SCHEMES,
}

# URL, host and path that a request is sent for.
GOOD: Final = [
    ("https://good.com", "good.com", "/"),
    ("https://good.com/", "good.com", "/"),
    ("https://GOOD.com/", "good.com", "/"),
    ("HTTPS://good.com/", "good.com", "/"),
    ("https://good.com./", "good.com", "/"),
    ("https://good.com:443/", "good.com", "/"),
    ("https://good.com?a=b", "good.com", "/?a=b"),
    ("https://good.com?@127.0.0.1/", "good.com", "/?@127.0.0.1/"),
    ("https://good.com/@127.0.0.1", "good.com", "/@127.0.0.1"),
    ("https://good.com/a%20b?c=%2F", "good.com", "/a%20b?c=%2F"),
    ("https://1.good.com/", "1.good.com", "/"),
    ("https://127.0.0.1.good.com/", "127.0.0.1.good.com", "/"),
    ("https://0x7f.good.com/", "0x7f.good.com", "/"),
    ("https://a_b.good.com/", "a_b.good.com", "/"),
    ("https://xn--bcher-kva.com/", "xn--bcher-kva.com", "/"),
    ("https://b\u00fccher.com/", "xn--bcher-kva.com", "/"),
    ("https://B\u00dcCHER\u3002com/", "xn--bcher-kva.com", "/"),
    ("https://stra\u00dfe.de/", "xn--strae-oqa.de", "/"),
    ("https://8.8.8.8/", "8.8.8.8", "/"),
    ("https://[2606:4700:4700:0::1111]/", "2606:4700:4700::1111", "/"),
    ("https://local.good.com/", "local.good.com", "/"),
    ("https://a.notinternal/", "a.notinternal", "/"),
]

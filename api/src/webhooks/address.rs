//! Which addresses are of the public internet, and of nothing inside of a network or a machine.
//!
//! Sources: the registries of special-purpose addresses of IANA (RFC 6890 and its updates), for IPv4 and for IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(a: u16, b: u16, c: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

/// What of IPv4 is not public.
const SPECIAL_V4: [Ipv4Net; 16] = [
    v4(0, 0, 0, 0, 8),        // This network, the unspecified address.
    v4(10, 0, 0, 0, 8),       // Private.
    v4(100, 64, 0, 0, 10),    // Shared by customers of a carrier.
    v4(127, 0, 0, 0, 8),      // Loopback.
    v4(169, 254, 0, 0, 16),   // Link-local: also where clouds tell machines their credentials.
    v4(172, 16, 0, 0, 12),    // Private.
    v4(192, 0, 0, 0, 24),     // Assignments of protocols.
    v4(192, 0, 2, 0, 24),     // Documentation.
    v4(192, 88, 99, 0, 24),   // Relays of 6to4.
    v4(192, 168, 0, 0, 16),   // Private.
    v4(198, 18, 0, 0, 15),    // Benchmarking.
    v4(198, 51, 100, 0, 24),  // Documentation.
    v4(203, 0, 113, 0, 24),   // Documentation.
    v4(224, 0, 0, 0, 4),      // Multicast.
    v4(240, 0, 0, 0, 4),      // Reserved, broadcast.
    v4(168, 63, 129, 16, 32), // Azure's own service in every machine: public by its number alone.
];

/// All that IPv6 has of global unicast. Everything beyond is loopback, unspecified, mapped or compatible IPv4, NAT64, discarded, unique local,
/// link-local, site-local, multicast, or nothing yet.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// What of it is not public.
const SPECIAL_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 0, 23),     // Protocols: Teredo, benchmarking, ORCHID.
    v6(0x2001, 0xdb8, 0, 32), // Documentation.
    v6(0x2002, 0, 0, 16),     // 6to4, which holds any address of IPv4.
    v6(0x3fff, 0, 0, 20),     // Documentation.
];

/// Whether an address is of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|net| net.contains(&address))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_not_public() {
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.254",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "100:0:0:1::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
    }

    #[test]
    fn what_is_beside_it_is_public() {
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2606:4700:4700::1111",
            "3ffe:ffff::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    /// The network policy of the dispatcher refuses what the dispatcher refuses.
    #[test]
    fn the_chart_has_the_same_networks() {
        let chart = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../charts/socrate-encoder/templates/network-policies.yaml"
        );
        let chart = std::fs::read_to_string(chart).unwrap();
        let list = |cidr: &str| {
            let (_, after) = chart.split_once(&format!("cidr: {cidr}\n")).unwrap();
            let list: Vec<ipnet::IpNet> = after
                .lines()
                .skip(1)
                .map_while(|line| line.trim().strip_prefix("- "))
                .map(|net| net.trim_matches('"').parse().unwrap())
                .collect();
            list
        };
        assert_eq!(list("0.0.0.0/0"), SPECIAL_V4.map(ipnet::IpNet::from));
        assert_eq!(list(&GLOBAL_V6.to_string()), SPECIAL_V6.map(ipnet::IpNet::from));
    }
}

//! Where webhooks may be sent: which URLs administrators may give, and which addresses may be connected to.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

use super::address;

/// The longest URL.
pub const LONGEST_URL: usize = 2048;
/// Below these ports are the well-known services, none of which but HTTP's own is a webhook's receiver.
const FIRST_REGISTERED_PORT: u16 = 1024;
/// Names that are not of the public internet (RFC 6761, RFC 8375, ICANN's reserved names, Kubernetes'), with all below them.
const INSIDE: [&str; 12] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "svc",
    "arpa",
    "test",
    "invalid",
    "lan",
    "intranet",
    "corp",
    "home",
];

/// Why nothing is sent there. The texts are for whoever gave the URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No URL at all, or too long.
    #[error("the URL is none, or has more than {LONGEST_URL} characters")]
    NoUrl,
    /// Another scheme.
    #[error("the URL must begin with {}", if *.0 { "https:// or http://" } else { "https://" })]
    Scheme(bool),
    /// A name and a password.
    #[error(
        "the URL must hold no user name and no password: what is sent is signed, so that the receiver can tell whom it is from"
    )]
    Credentials,
    /// A part that is never sent.
    #[error("the URL must hold no fragment (what follows a #), which is never sent")]
    Fragment,
    /// The port of another service.
    #[error("the port {0} is none that webhooks are sent to: use the scheme's own, or one above 1023")]
    Port(u16),
    /// A name that is not of the public internet.
    #[error("the host {0} is not of the public internet: webhooks are sent to public hosts alone")]
    InsideName(String),
    /// An address that is not of the public internet.
    #[error(
        "the host is, or its name stands for, an address that is not of the public internet, or none that webhooks may be sent to here: use a public one"
    )]
    InsideAddress,
}

/// What an installation allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetRules {
    /// Whether what is sent may go unencrypted.
    pub allows_http: bool,
    /// Addresses that may be connected to although they are not of the public internet.
    pub allowed: Vec<IpNet>,
    /// Addresses that may not be, whatever else is said of them: networks of one's own with public addresses.
    pub denied: Vec<IpNet>,
}

impl TargetRules {
    /// The URL in this text, if webhooks may be sent there as far as it tells by itself. What its name stands for is looked at besides, see
    /// [`TargetRules::choose`].
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn check_url(&self, text: &str) -> Result<Url, TargetError> {
        if text.chars().count() > LONGEST_URL || text.contains(char::is_control) {
            return Err(TargetError::NoUrl);
        }
        let url = Url::parse(text).map_err(|_| TargetError::NoUrl)?;
        let is_scheme = url.scheme() == "https" || (self.allows_http && url.scheme() == "http");
        if !is_scheme {
            return Err(TargetError::Scheme(self.allows_http));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(TargetError::Fragment);
        }
        // None is the scheme's own.
        if let Some(port) = url.port().filter(|port| *port < FIRST_REGISTERED_PORT) {
            return Err(TargetError::Port(port));
        }
        match url.host().ok_or(TargetError::NoUrl)? {
            Host::Ipv4(address) => self.check_address(address.into())?,
            Host::Ipv6(address) => self.check_address(address.into())?,
            // Where addresses inside are allowed it may stand for one.
            Host::Domain(name) if is_inside(name) && self.allowed.is_empty() => {
                return Err(TargetError::InsideName(name.to_owned()));
            }
            Host::Domain(_) => {}
        }
        // Written out it may be longer than it was.
        if url.as_str().len() > LONGEST_URL {
            return Err(TargetError::NoUrl);
        }
        Ok(url)
    }

    /// Those of the addresses that a name stands for that may be connected to.
    ///
    /// # Errors
    /// [`TargetError`], where there is none.
    pub fn choose(&self, name: &str, found: Vec<IpAddr>) -> Result<Vec<IpAddr>, TargetError> {
        let may_be_public = !is_inside(name);
        let permitted = |address: &IpAddr| {
            !self.is_denied(*address)
                && (self.is_allowed(*address) || (may_be_public && address::is_public(*address)))
        };
        let chosen: Vec<IpAddr> = found.into_iter().filter(permitted).collect();
        if chosen.is_empty() {
            return Err(TargetError::InsideAddress);
        }
        Ok(chosen)
    }

    fn check_address(&self, address: IpAddr) -> Result<(), TargetError> {
        if !self.is_denied(address) && (address::is_public(address) || self.is_allowed(address)) {
            return Ok(());
        }
        Err(TargetError::InsideAddress)
    }

    fn is_allowed(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|net| net.contains(&address))
    }

    fn is_denied(&self, address: IpAddr) -> bool {
        self.denied.iter().any(|net| net.contains(&address))
    }
}

/// Whether a name is not of the public internet, whatever it stands for: one of a single label is looked for in the search list of the machine.
fn is_inside(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    !name.contains('.') || INSIDE.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Url, TargetError> {
        TargetRules::default().check_url(text)
    }

    #[test]
    fn a_public_host_over_https_is_one() {
        for good in [
            "https://hooks.example.com",
            "https://hooks.example.com/path?token=x",
            "https://hooks.example.com:8443/",
            "https://hooks.example.com./",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
            "https://bücher.example/",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
    }

    /// However it is written.
    #[test]
    fn what_is_inside_is_refused() {
        for bad in [
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://postgres/",
            "https://socrate-api.socrate.svc/",
            "https://socrate-api.socrate.svc.cluster.local/",
            "https://metadata.google.internal/",
            "https://printer.local/",
            "https://router.lan/",
            "https://1.0.0.127.in-addr.arpa/",
        ] {
            assert!(matches!(check(bad), Err(TargetError::InsideName(_))), "{bad}");
        }
        for bad in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://127.0.0.1./",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://017700000001/",
            "https://0/",
            "https://①②⑦.0.0.1/",
            "https://127。0。0。1/",
            "https://%31%32%37.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[0:0:0:0:0:0:0:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
        ] {
            assert_eq!(check(bad), Err(TargetError::InsideAddress), "{bad}");
        }
    }

    #[test]
    fn what_is_no_webhook_s_url_is_refused_with_the_reason() {
        let long = format!("https://hooks.example.com/{}", "a".repeat(LONGEST_URL));
        for (bad, error) in [
            ("", TargetError::NoUrl),
            ("hooks.example.com", TargetError::NoUrl),
            ("https://", TargetError::NoUrl),
            ("https://[fe80::1%25eth0]/", TargetError::NoUrl),
            ("https://999.1.1.1/", TargetError::NoUrl),
            ("https://hooks.example.com/\n", TargetError::NoUrl),
            (long.as_str(), TargetError::NoUrl),
            ("http://hooks.example.com/", TargetError::Scheme(false)),
            ("ftp://hooks.example.com/", TargetError::Scheme(false)),
            ("file:///etc/passwd", TargetError::Scheme(false)),
            ("gopher://hooks.example.com/", TargetError::Scheme(false)),
            ("https://user@hooks.example.com/", TargetError::Credentials),
            ("https://:x@hooks.example.com/", TargetError::Credentials),
            ("https://1.1.1.1@127.0.0.1/", TargetError::Credentials),
            ("https://hooks.example.com/#part", TargetError::Fragment),
            ("https://hooks.example.com:22/", TargetError::Port(22)),
            ("https://hooks.example.com:0/", TargetError::Port(0)),
        ] {
            assert_eq!(check(bad), Err(error), "{bad}");
        }
    }

    #[test]
    fn http_is_for_installations_that_allow_it() {
        let rules = TargetRules {
            allows_http: true,
            ..TargetRules::default()
        };
        assert!(rules.check_url("http://hooks.example.com/").is_ok());
        assert_eq!(
            rules.check_url("ftp://hooks.example.com/"),
            Err(TargetError::Scheme(true))
        );
        assert_eq!(
            rules.check_url("http://127.0.0.1/"),
            Err(TargetError::InsideAddress)
        );
    }

    #[test]
    fn of_what_a_name_stands_for_only_the_public_addresses_count() {
        let rules = TargetRules::default();
        let addresses = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| text.parse().unwrap())
                .collect::<Vec<IpAddr>>()
        };
        let mixed = addresses(&["10.0.0.1", "1.1.1.1", "::1"]);
        assert_eq!(rules.choose("a.example.com", mixed), Ok(addresses(&["1.1.1.1"])));
        for inside in [addresses(&["127.0.0.1", "fd00::1"]), Vec::new()] {
            assert_eq!(
                rules.choose("a.example.com", inside),
                Err(TargetError::InsideAddress)
            );
        }
    }

    #[test]
    fn what_an_installation_allows_inside_is_allowed_and_nothing_beside_it() {
        let rules = TargetRules {
            allows_http: false,
            allowed: vec!["10.1.0.0/16".parse().unwrap()],
            ..TargetRules::default()
        };
        assert!(rules.check_url("https://10.1.2.3/").is_ok());
        assert!(rules.check_url("https://hook.team-a.svc.cluster.local/").is_ok());
        for bad in [
            "https://10.2.0.1/",
            "https://127.0.0.1/",
            "https://[::ffff:10.1.2.3]/",
        ] {
            assert_eq!(rules.check_url(bad), Err(TargetError::InsideAddress), "{bad}");
        }
        let address = |text: &str| vec![text.parse::<IpAddr>().unwrap()];
        let name = "hook.team-a.svc.cluster.local";
        assert!(rules.choose(name, address("10.1.2.3")).is_ok());
        assert!(rules.choose("a.example.com", address("10.1.2.3")).is_ok());
        // A name of the inside stands for what is allowed inside, and for nothing else.
        for other in ["10.2.0.1", "1.1.1.1"] {
            assert!(rules.choose(name, address(other)).is_err(), "{other}");
        }
    }

    #[test]
    fn what_an_installation_denies_is_denied_whether_it_is_public_or_allowed() {
        let nets = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let rules = TargetRules {
            allows_http: false,
            allowed: nets(&["10.1.0.0/16"]),
            denied: nets(&["10.1.2.0/24", "8.8.0.0/16", "2a01:4f8:1::/48"]),
        };
        for (host, is_good) in [
            ("10.1.1.1", true),
            ("10.1.2.1", false),
            ("8.9.0.1", true),
            ("8.8.8.8", false),
            ("[2a01:4f8:2::1]", true),
            ("[2a01:4f8:1::1]", false),
        ] {
            let url = rules.check_url(&format!("https://{host}/"));
            assert_eq!(url.is_ok(), is_good, "{host}");
            let address = host.trim_matches(['[', ']']).parse().unwrap();
            assert_eq!(
                rules.choose("a.example.com", vec![address]).is_ok(),
                is_good,
                "{host}"
            );
        }
    }
}

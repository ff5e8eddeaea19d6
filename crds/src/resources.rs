//! Amounts of memory as Kubernetes writes them.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// The bytes a quantity of memory stands for; `None` where it is none or does not fit.
///
/// Source: the grammar of `k8s.io/apimachinery/pkg/api/resource`, without exponents of ten.
pub fn bytes(quantity: &Quantity) -> Option<u64> {
    const SUFFIXES: [(&str, u64); 10] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("Pi", 1 << 50),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
        ("P", 1_000_000_000_000_000),
    ];
    let text = quantity.0.trim();
    for (suffix, factor) in SUFFIXES {
        if let Some(number) = text.strip_suffix(suffix) {
            return number.parse::<u64>().ok()?.checked_mul(factor);
        }
    }
    text.parse().ok()
}

/// The quantity that stands for so many bytes, in mebibytes where it is whole ones.
pub fn quantity(bytes: u64) -> Quantity {
    if bytes > 0 && bytes.is_multiple_of(1 << 20) {
        Quantity(format!("{}Mi", bytes >> 20))
    } else {
        Quantity(bytes.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubernetes_writes() {
        for (text, expected) in [
            ("512Mi", Some(512 << 20)),
            ("1Gi", Some(1 << 30)),
            ("7", Some(7)),
            ("2M", Some(2_000_000)),
            ("x", None),
            ("-1", None),
        ] {
            assert_eq!(bytes(&Quantity(text.into())), expected, "{text}");
        }
        assert_eq!(quantity(512 << 20).0, "512Mi");
        assert_eq!(quantity(1000).0, "1000");
    }
}

//! Where a server listens, as people write it.

use std::net::SocketAddr;

/// An address and a port. The one name that is the same everywhere is taken too.
pub(crate) fn socket_address(text: &str) -> Result<SocketAddr, String> {
    let loopback = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    loopback.as_deref().unwrap_or(text).parse().map_err(|_| {
        "expected an address and a port, such as 127.0.0.1:8080, or 0.0.0.0:8080 for all networks"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_sockets_and_localhost() {
        assert_eq!(socket_address("localhost:80").unwrap(), ([127, 0, 0, 1], 80).into());
        assert!(socket_address("[::1]:80").is_ok());
        for text in ["8080", ":8080", "example.com:80", "localhost", "http://127.0.0.1:80"] {
            assert!(socket_address(text).unwrap_err().contains("127.0.0.1:8080"), "{text}");
        }
    }
}

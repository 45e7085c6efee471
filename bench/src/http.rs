//! A small HTTP/1.1 client over one kept connection: cookies, forms, no redirects, no compression unless
//! asked for (then the body is read but not unpacked).

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One person's connection. An error closes it; the next request opens another.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
    cookies: BTreeMap<String, String>,
    /// What to accept, e.g. `br`.
    pub encoding: Option<&'static str>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value; `name` is lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    /// Whether it redirects, and where to.
    pub fn redirect(&self) -> Option<&str> {
        (300..400)
            .contains(&self.status)
            .then(|| self.header("location"))
            .flatten()
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Client {
    /// Connects with the first request.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connection: None,
            cookies: BTreeMap::new(),
            encoding: None,
        }
    }

    /// Goes on with a server at another address: cookies stay.
    pub fn move_to(&mut self, address: SocketAddr) {
        self.address = address;
        self.connection = None;
    }

    /// Asks for a page.
    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.request("GET", path, &[], None)
    }

    /// Sends a form, as a page of the same server would.
    pub fn post<K: AsRef<str>, V: AsRef<str>>(
        &mut self,
        path: &str,
        fields: &[(K, V)],
        headers: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields.iter().map(|(k, v)| (k.as_ref(), v.as_ref())))
            .finish();
        self.request("POST", path, headers, Some(&body))
    }

    fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> io::Result<Answer> {
        let answer = self.exchange(method, path, headers, body);
        match &answer {
            Ok(answer) if answer.header("connection") != Some("close") => {}
            _ => self.connection = None,
        }
        let answer = answer?;
        for (name, value) in &answer.headers {
            if name == "set-cookie"
                && let Some((name, value)) = value.split(';').next().and_then(|c| c.split_once('='))
            {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> io::Result<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        let mut add = |name: &str, value: &str| {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        };
        for (name, value) in headers {
            add(name, value);
        }
        if let Some(encoding) = self.encoding {
            add("accept-encoding", encoding);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self
                .cookies
                .iter()
                .map(|(n, v)| format!("{n}={v}"))
                .collect();
            add("cookie", &pairs.join("; "));
        }
        if let Some(body) = body {
            add("origin", &format!("http://{}", self.address));
            add("content-type", "application/x-www-form-urlencoded");
            add("content-length", &body.len().to_string());
        }
        head.push_str("\r\n");
        head.push_str(body.unwrap_or_default());

        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(5))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_mins(1)))?;
                none.insert(BufReader::with_capacity(32 * 1024, stream))
            }
        };
        connection.get_mut().write_all(head.as_bytes())?;
        read_answer(connection)
    }
}

fn line(connection: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    if connection.read_line(&mut text)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}

fn read_answer(connection: &mut impl BufRead) -> io::Result<Answer> {
    let first = line(connection)?;
    let status = first
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| broken("no status"))?;
    let mut headers = Vec::new();
    loop {
        let text = line(connection)?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').ok_or_else(|| broken("no header"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
    };
    if let Some(length) = answer.header("content-length") {
        let length = length.parse().map_err(|_| broken("no length"))?;
        answer.body.resize(length, 0);
        connection.read_exact(&mut answer.body)?;
    } else if answer.header("transfer-encoding") == Some("chunked") {
        loop {
            let size =
                usize::from_str_radix(&line(connection)?, 16).map_err(|_| broken("no chunk"))?;
            let begin = answer.body.len();
            answer.body.resize(begin + size, 0);
            connection.read_exact(&mut answer.body[begin..])?;
            line(connection)?;
            if size == 0 {
                break;
            }
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunked_body_is_put_together_and_the_next_answer_is_left() {
        let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: a:b\r\n\r\n4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\nHTTP/1.1 303 See Other\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n";
        let mut input = &text[..];
        let first = read_answer(&mut input).unwrap();
        assert_eq!((first.status, first.text().as_str()), (200, "Wikipedia"));
        assert_eq!(first.header("x"), Some("a:b"));
        let second = read_answer(&mut input).unwrap();
        assert_eq!(second.redirect(), Some("/x"));
        assert!(read_answer(&mut input).is_err());
    }
}

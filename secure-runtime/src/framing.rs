//! The length-prefixed messages of a gRPC body, counted without decoding them.

/// Follows the bytes of a body through its messages (gRPC over HTTP/2, "Length-Prefixed-Message").
#[derive(Debug)]
pub(crate) struct Framing {
    limit: usize,
    messages: usize,
    prefix: [u8; PREFIX_BYTES],
    prefix_length: usize,
    length: usize,
    missing: usize,
}

/// A message is longer than it may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooLong {
    /// How many of the bytes come before that message.
    pub(crate) good: usize,
}

/// The longest message unless set, as in tonic.
pub(crate) const DEFAULT_MESSAGE_LIMIT: usize = 4 * 1024 * 1024;

/// One byte that says whether the message is compressed, and four bytes of length.
const PREFIX_BYTES: usize = 5;

impl Framing {
    /// Messages of at most `limit` bytes as they are sent, compressed or not.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, messages: 0, prefix: [0; PREFIX_BYTES], prefix_length: 0, length: 0, missing: 0 }
    }

    /// Takes the next bytes of the body.
    pub(crate) fn follow(&mut self, all: &[u8]) -> Result<(), TooLong> {
        let mut bytes = all;
        while !bytes.is_empty() {
            if self.missing > 0 {
                let taken = self.missing.min(bytes.len());
                self.missing -= taken;
                bytes = &bytes[taken..];
                continue;
            }
            let good = all.len() - bytes.len();
            let free = &mut self.prefix[self.prefix_length..];
            let taken = free.len().min(bytes.len());
            free[..taken].copy_from_slice(&bytes[..taken]);
            self.prefix_length += taken;
            bytes = &bytes[taken..];
            if self.prefix_length == PREFIX_BYTES {
                let [_, length @ ..] = self.prefix;
                self.begin(u32::from_be_bytes(length)).ok_or(TooLong { good })?;
            }
        }
        Ok(())
    }

    /// `None` if the message is too long.
    fn begin(&mut self, length: u32) -> Option<()> {
        self.prefix_length = 0;
        self.messages += 1;
        self.length = usize::try_from(length).ok()?;
        self.missing = self.length;
        (self.missing <= self.limit).then_some(())
    }

    /// How many messages have begun.
    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    /// Whether the body may end here.
    pub(crate) fn is_between_messages(&self) -> bool {
        self.missing == 0 && self.prefix_length == 0
    }

    /// How many bytes of an unfinished message have arrived.
    pub(crate) fn unfinished(&self) -> usize {
        if self.missing == 0 { 0 } else { self.length - self.missing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(lengths: &[u32]) -> Vec<u8> {
        let message = |length: &u32| [&[0], &length.to_be_bytes()[..], &vec![7; *length as usize]].concat();
        lengths.iter().flat_map(message).collect()
    }

    #[test]
    fn messages_are_counted_however_the_body_is_cut() {
        let body = body(&[3, 0, 300]);
        for size in 1..body.len() {
            let mut framing = Framing::new(300);
            for part in body.chunks(size) {
                framing.follow(part).unwrap();
            }
            assert_eq!((framing.messages(), framing.is_between_messages()), (3, true), "{size}");
        }
    }

    #[test]
    fn body_that_ends_inside_a_message_is_noticed() {
        let body = body(&[3, 4]);
        let ends = (0..=body.len()).filter(|&end| {
            let mut framing = Framing::new(300);
            framing.follow(&body[..end]).unwrap();
            framing.is_between_messages()
        });
        assert_eq!(ends.collect::<Vec<_>>(), [0, 8, 17]);
    }

    #[test]
    fn message_over_the_limit_is_refused_at_its_length() {
        assert_eq!(Framing::new(300).follow(&body(&[300])), Ok(()));
        assert_eq!(Framing::new(300).follow(&body(&[3, 301])[..13]), Err(TooLong { good: 8 }));
        assert_eq!(Framing::new(300).follow(&[0, 255, 255, 255, 255]), Err(TooLong { good: 0 }));
    }
}

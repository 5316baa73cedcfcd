//! Line ends of checked-in files. git on Windows may write CRLF, which changes the meaning of none of them.

/// A text with LF at the end of each line.
pub(super) fn unix(text: String) -> String {
    match text.contains('\r') {
        true => text.replace("\r\n", "\n"),
        false => text,
    }
}

//! What the gate costs a server, beside tonic's own server without authentication and what people put before it.
//!
//! The servers share one thread, and the client has another. Each round measures every server, in changing order, and
//! compares it with the server without authentication in the same round. Prints one table in Markdown: the median of these
//! ratios with its 95 % interval. A wrong answer is a panic.
//!
//! `cargo bench -p secure-tests --bench calls` measures. Without `--bench`, as in `cargo test`, it sees that all run.

mod client;
mod hand_made;
mod handlers;
mod interceptor;
mod lane;
mod load;
mod servers;
mod tls;
mod token;

use load::{Load, World};

fn main() {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let world = World::start();
    println!("| load | token | server | calls/s | server CPU per call |");
    println!("|---|---|---|---:|---:|");
    for load in Load::all().into_iter().map(|load| if measured { load } else { load.short() }) {
        runtime.block_on(load.compare(&world));
    }
}

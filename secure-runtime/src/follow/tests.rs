//! Files that change, break and come back.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::*;

/// Accepts numbers only.
fn number(contents: &[String]) -> Result<u64, &'static str> {
    contents.concat().parse().map_err(|_| "it is no number")
}

fn folder(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("number");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn poll(follower: &mut Follower<u64, &'static str>) -> Option<u64> {
    let mut published = None;
    follower.poll(|value| {
        published = Some(value);
        Ok(())
    });
    published
}

#[test]
fn only_new_and_good_contents_are_published() {
    let (_folder, path) = folder("1");
    let mut follower = Follower::new(FileSet::new([&*path], 9), number);
    assert_eq!((poll(&mut follower), poll(&mut follower)), (Some(1), None));
    for broken in ["", "one"] {
        fs::write(&path, broken).unwrap();
        assert_eq!((poll(&mut follower), poll(&mut follower)), (None, None), "{broken:?}");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(poll(&mut follower), None);
    fs::write(&path, "2").unwrap();
    assert_eq!((poll(&mut follower), poll(&mut follower)), (Some(2), None));
}

#[test]
fn contents_that_the_parser_or_the_sink_refused_are_tried_again() {
    let (_folder, path) = folder("1");
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let parse = move |contents: &[String]| match counted.fetch_add(1, Ordering::Relaxed) {
        0 => Err("it is not valid yet"),
        _ => number(contents),
    };
    let mut follower = Follower::new(FileSet::new([&*path], 9), parse);
    assert_eq!(poll(&mut follower), None);
    follower.poll(|_| Err("not now".to_owned()));
    assert_eq!(follower.failure.error(), Some("not now"));
    assert_eq!((poll(&mut follower), poll(&mut follower)), (Some(1), None));
    assert_eq!((follower.failure.error(), attempts.load(Ordering::Relaxed)), (None, 3));
}

#[test]
fn contents_that_are_still_being_written_are_not_published() {
    let (_folder, path) = folder("1");
    let written = path.clone();
    // The writer goes on after the first reading.
    let parse = move |contents: &[String]| {
        if contents == ["2"] {
            fs::write(&written, "23").unwrap();
        }
        number(contents)
    };
    let mut follower = Follower::new(FileSet::new([&*path], 9), parse).since(&["1".to_owned()]);
    fs::write(&path, "2").unwrap();
    assert_eq!(poll(&mut follower), None);
    assert!(follower.failure.error().unwrap().contains("change while they are read"));
    assert_eq!((poll(&mut follower), follower.failure.error()), (Some(23), None));
}

#[test]
fn contents_in_use_already_are_not_published_again() {
    let (_folder, path) = folder("1");
    let mut follower = Follower::new(FileSet::new([&*path], 9), number).since(&["1".to_owned()]);
    assert_eq!(poll(&mut follower), None);
}

#[test]
fn failure_is_reported_until_a_read_succeeds() {
    let (_folder, path) = folder("one");
    let mut follower = Follower::new(FileSet::new([&*path], 9), number);
    poll(&mut follower);
    assert_eq!(follower.failure.error(), Some("it is no number"));
    fs::remove_file(&path).unwrap();
    poll(&mut follower);
    assert!(follower.failure.error().unwrap().contains("cannot be read"));
    fs::write(&path, "one").unwrap();
    poll(&mut follower);
    assert_eq!(follower.failure.error(), Some("it is no number"), "the same broken contents are broken again");
    fs::write(&path, "1").unwrap();
    poll(&mut follower);
    assert_eq!(follower.failure.error(), None);
}

#[test]
fn at_most_one_byte_over_the_limit_is_read() {
    let (_folder, path) = folder("0123456789");
    assert_eq!(*FileSet::new([&*path], 4).read().unwrap(), ["01234"]);
}

#[test]
fn set_of_files_is_read_completely_or_not_at_all() {
    let (folder, first) = folder("1");
    let second = folder.path().join("second");
    let files = FileSet::new([&*first, &*second], 9);
    assert_eq!(files.read().unwrap_err().path, second);
    fs::write(&second, "2").unwrap();
    assert_eq!(*files.read().unwrap(), ["1", "2"]);
}

#[test]
fn files_that_always_change_are_an_error_or_one_revision() {
    let (folder, first) = folder("0");
    let second = folder.path().join("second");
    fs::write(&second, "0").unwrap();
    let files = FileSet::new([&*first, &*second], 20);
    let writer = thread::spawn(move || {
        for number in 1..2_000 {
            // Both at once, as Kubernetes does it, is not possible without links: so the second one follows the first.
            fs::write(folder.path().join("new"), number.to_string()).unwrap();
            fs::rename(folder.path().join("new"), folder.path().join("number")).unwrap();
            fs::write(folder.path().join("new"), number.to_string()).unwrap();
            fs::rename(folder.path().join("new"), folder.path().join("second")).unwrap();
        }
        folder
    });
    while !writer.is_finished() {
        if let Ok(contents) = files.read() {
            let (first, second): (u64, u64) = (contents[0].parse().unwrap(), contents[1].parse().unwrap());
            assert!(first == second || first == second + 1, "{first} {second}");
        }
    }
    drop(writer.join().unwrap());
}

#[test]
fn files_behind_a_swapped_link_are_of_one_revision() {
    let folder = tempfile::tempdir().unwrap();
    let swap = |number: u64| {
        let data = folder.path().join(format!("..{}", number % 2));
        _ = fs::remove_dir_all(&data);
        fs::create_dir(&data).unwrap();
        for name in ["first", "second"] {
            fs::write(data.join(name), number.to_string()).unwrap();
        }
        symlink(&data, folder.path().join("..new")).unwrap();
        fs::rename(folder.path().join("..new"), folder.path().join("..data")).unwrap();
    };
    swap(0);
    for name in ["first", "second"] {
        symlink(Path::new("..data").join(name), folder.path().join(name)).unwrap();
    }
    let files = FileSet::new([&*folder.path().join("first"), &*folder.path().join("second")], 20);
    let is_done = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            (1..2_000).for_each(swap);
            is_done.store(1, Ordering::Relaxed);
        });
        while is_done.load(Ordering::Relaxed) == 0 {
            if let Ok(contents) = files.read() {
                assert_eq!(contents[0], contents[1]);
            }
        }
    });
    assert_eq!(*files.read().unwrap(), ["1999", "1999"]);
}

#[test]
fn file_that_is_not_regular_is_an_error_without_waiting() {
    let error = FileSet::new([Path::new("/dev/null")], 9).read().unwrap_err();
    assert!(error.to_string().contains("not a file"), "{error}");
}

#[test]
fn the_next_attempt_after_a_failure_comes_after_a_second() {
    let (_folder, path) = folder("one");
    let mut follower = Follower::new(FileSet::new([&*path], 9), number);
    assert_eq!(follower.delay(REREAD_INTERVAL), REREAD_INTERVAL);
    poll(&mut follower);
    assert_eq!(follower.delay(REREAD_INTERVAL), Duration::from_secs(1));
    assert_eq!(follower.delay(Duration::from_millis(5)), Duration::from_millis(5));
    fs::write(&path, "1").unwrap();
    poll(&mut follower);
    assert_eq!(follower.delay(REREAD_INTERVAL), REREAD_INTERVAL);
}

#[test]
fn panic_of_the_log_or_callback_does_not_stop_the_thread() {
    let (_folder, path) = folder("1");
    let follower = Follower::new(FileSet::new([&*path], 9), number);
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let publish = move |_: u64| assert!(counted.fetch_add(1, Ordering::Relaxed) > 0, "the first call panics");
    let following = follower.spawn(Duration::from_millis(1), publish).unwrap();
    until(|| calls.load(Ordering::Relaxed) == 2);
    fs::write(&path, "2").unwrap();
    until(|| calls.load(Ordering::Relaxed) == 3);
    drop(following);
}

#[test]
fn thread_stops_when_its_handle_is_dropped() {
    let (_folder, path) = folder("1");
    let alive = Arc::new(Mutex::new(()));
    let held = Arc::clone(&alive);
    let follower = Follower::new(FileSet::new([&*path], 9), number);
    let following = follower.spawn(Duration::from_secs(3_600), move |_: u64| drop(held.lock())).unwrap();
    assert_eq!(Arc::strong_count(&alive), 2);
    drop(following);
    until(|| Arc::strong_count(&alive) == 1);
}

#[track_caller]
fn until(mut happened: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if happened() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("not in 30 seconds");
}

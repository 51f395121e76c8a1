//! The end of a shop.

use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread;

use futures::Future;
use futures::executor::block_on;
use recommendations::shop::{Deadline, Shop, WriteError};

use crate::support::{PATIENCE, Place, history, record, wanted};

#[test]
fn a_shop_that_others_still_have_is_closed() {
    let place = Place::new();
    let shop = Arc::new(place.shop());
    let others = Arc::clone(&shop);
    let waiting = shop.record(vec![wanted(1, 5, 1)], Deadline::none());
    shop.close().unwrap();
    assert_eq!(place.files(), ["shop.db"]);
    assert_eq!(block_on(waiting).unwrap().created, 1);
    assert_eq!(record(&others, 1, 6), Err(WriteError::Unavailable));
    assert_eq!(history(&others, 1), [5]);
    // The file is free already.
    assert_eq!(history(&place.shop(), 1), [5]);
    others.close().unwrap();
}

/// Has a shop, and lets it go when it is woken.
struct LastCaller {
    shop: Mutex<Option<Arc<Shop>>>,
    /// On which thread, and whether that went well.
    gone: Sender<(Option<String>, bool)>,
}

impl Wake for LastCaller {
    fn wake(self: Arc<Self>) {
        let shop = self.shop.lock().unwrap().take();
        let dropped = panic::catch_unwind(AssertUnwindSafe(|| drop(shop)));
        let thread = thread::current().name().map(str::to_owned);
        self.gone.send((thread, dropped.is_ok())).unwrap();
    }
}

#[test]
fn the_last_who_has_a_shop_may_let_it_go_on_the_thread_that_answers() {
    let place = Place::new();
    let (gone, was_gone) = mpsc::channel();
    let (thread, went_well) = loop {
        let shop = Arc::new(place.shop());
        let mut write = pin!(shop.record(vec![wanted(1, 1, 1)], Deadline::none()));
        let waker = Waker::from(Arc::new(LastCaller {
            shop: Mutex::new(Some(shop)),
            gone: gone.clone(),
        }));
        // Otherwise the thread was faster, and nobody is woken.
        if write
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
        {
            break was_gone.recv_timeout(PATIENCE).unwrap();
        }
    };
    assert_eq!(thread.as_deref(), Some("writer"));
    assert!(went_well);
}

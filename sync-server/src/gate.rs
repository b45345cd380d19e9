//! How much is done at once. What does not fit waits in a bounded queue; what does not fit there is told so at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::refusal::Refusal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many at once, so many waiting.
#[derive(Clone)]
pub struct Gate {
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most: usize,
}

impl Gate {
    pub fn new(at_once: usize, most: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(at_once)),
            waiting: Arc::default(),
            most,
        }
    }

    async fn enter(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        // Leaves the queue when it is dropped too: whoever asked may have gone.
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::AcqRel);
            }
        }
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let _waiting = Waiting(&self.waiting);
        if before >= self.most {
            return Err(Refusal::Busy);
        }
        Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| Refusal::Busy)
    }

    /// Does work that blocks, on a thread for that, when its turn comes. The permit goes with the work: when whoever asked
    /// is gone, the work still counts until it ends.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let permit = self.enter().await?;
        let outcome = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(permit);
            outcome
        });
        outcome.await.unwrap_or_else(|_| {
            Err(Refusal::Failed {
                what: "the request stopped half-way".to_owned(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_is_told() {
        let gate = Gate::new(1, 1);
        let inside = gate.enter().await.unwrap();
        let (second, third) = (gate.clone(), gate.clone());
        let waits = tokio::spawn(async move { second.enter().await.is_ok() });
        while gate.waiting.load(Ordering::Acquire) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(third.enter().await.err(), Some(Refusal::Busy));
        drop(inside);
        assert!(waits.await.unwrap());
        assert_eq!(gate.waiting.load(Ordering::Acquire), 0);
    }

    #[tokio::test]
    async fn work_that_panics_is_a_refusal_and_frees_its_place() {
        let gate = Gate::new(1, 1);
        let refused = gate.run(|| -> Result<(), Refusal> { panic!("on purpose") }).await;
        assert_eq!(refused.unwrap_err().code(), "failed");
        assert_eq!(gate.run(|| Ok(1)).await, Ok(1));
    }
}

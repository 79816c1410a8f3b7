//! Calls on one instance move between threads but never overlap; with `per-worker`, instances work side by side.

use std::thread;

use crate::examine::Case;

/// Instances at work at the same time.
const WORKERS: usize = 4;

/// Articles for each of them.
const ROUNDS: usize = 5;

pub(crate) fn examine(case: &Case<'_>) {
    every_call_on_a_thread_of_its_own(case);
    if case.subject.manifest.threading == "per-worker" {
        side_by_side(case);
    }
}

fn every_call_on_a_thread_of_its_own(case: &Case<'_>) {
    let elsewhere = |instance: Option<crate::instance::Instance>| {
        let mut instance = instance?;
        thread::scope(|scope| {
            let call = scope.spawn(move || {
                for article in case.plain().iter().take(1) {
                    case.ask(&mut instance, article);
                }
                instance
            });
            call.join().ok()
        })
    };
    let made = thread::scope(|scope| scope.spawn(|| case.started()).join().ok().flatten());
    let used = elsewhere(elsewhere(made));
    thread::scope(|scope| scope.spawn(move || drop(used)).join().ok());
}

fn side_by_side(case: &Case<'_>) {
    let articles = case.plain();
    let answers: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut instance = case.started()?;
                    let mut last = Vec::new();
                    for _ in 0..ROUNDS {
                        last = articles.iter().map(|article| case.ask(&mut instance, article)).collect();
                    }
                    Some(last)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().ok().flatten()).collect()
    });
    if answers.windows(2).any(|pair| pair[0] != pair[1]) {
        case.findings.add("instances that work side by side answer differently");
    }
}

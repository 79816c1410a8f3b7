//! Kills the daemon before every system call that changes a file, starts it again, and counts what is lost, doubled,
//! half-written or left over. It never uses the daemon's code: it knows the binary, the folders and the ledger's table.
//!
//! Read in this order:
//!
//! - [`calls`]: the system calls at which something is done to the daemon
//! - [`filter`]: has the kernel stop a child at those calls (the only unsafe code)
//! - [`supervisor`]: runs a child to its end and decides at each stop
//! - [`workload`]: the files that are dropped, and the outcomes they may have
//! - [`stand`]: one shop in a folder of its own, its consumer, and runs of the daemon on it
//! - [`check`]: what is wrong with a shop that is at rest
//! - [`sweep`]: which points are tried, and what was found at each
//! - [`summary`]: the table
//! - [`random`]: numbers by a seed
//!
//! For what is larger than a sweep's shop:
//!
//! - [`told`]: articles that say what shall become of them
//! - [`site`]: a large shop, if need be on a file system of its own
//! - [`running`]: a daemon beside us
//! - [`census`]: what was dropped and what became of it, in a database
//!
//! And beside the sweeps: [`power`] cuts, [`mutants`] of the protocol, a [`burst`] of files, a large [`backlog`], a long [`soak`].

pub mod calls;
pub mod census;
pub mod check;
pub mod filter;
pub mod random;
pub mod running;
pub mod site;
pub mod stand;
pub mod summary;
pub mod supervisor;
pub mod sweep;
pub mod told;
pub mod workload;

pub mod power;
pub mod mutants;
pub mod burst;
pub mod backlog;
pub mod soak;

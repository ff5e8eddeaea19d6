//! Replicas that are delayed, stopped and restarted at random, and requests that arrive late, in thousands of orders.

use super::*;

/// Repeatable random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// All that an election relies on: one Lease, and writes that only succeed on what they were decided on.
#[derive(Default)]
struct Stored {
    lease: Option<Lease>,
    version: u64,
}

impl Stored {
    fn version_of(lease: &Lease) -> Option<&String> {
        lease.metadata.resource_version.as_ref()
    }

    fn write(&mut self, mut lease: Lease) -> Option<Lease> {
        if self.lease.as_ref().and_then(Self::version_of) != Self::version_of(&lease) {
            return None;
        }
        self.version += 1;
        lease.metadata.resource_version = Some(self.version.to_string());
        self.lease = Some(lease.clone());
        Some(lease)
    }
}

/// A request of a replica, and how far it has come.
enum Request {
    Look,
    Looked(Option<Lease>),
    Write(Lease, Instant),
    Written(Option<Lease>, Instant),
}

struct Replica {
    election: Election,
    request: Option<Request>,
    has_led: bool,
    has_lost: bool,
}

impl Replica {
    fn start(count: u64) -> Self {
        Self {
            election: Election::new(
                "leader".into(),
                format!("replica_{count}"),
                String::new(),
                Timing::default(),
            ),
            request: None,
            has_led: false,
            has_lost: false,
        }
    }

    fn leads(&self, now: Instant) -> bool {
        self.election.held_until().is_some_and(|until| now < until)
    }
}

struct World {
    random: Random,
    now: Instant,
    stored: Stored,
    /// Writes whose senders no longer wait for an answer.
    on_their_way: Vec<Lease>,
    replicas: [Replica; 2],
    started: u64,
    /// Which replica does not run, and until when.
    stopped: (usize, Instant),
}

impl World {
    fn new(seed: u64) -> Self {
        let now = crate::clock::monotonic();
        Self {
            random: Random(seed),
            now,
            stored: Stored::default(),
            on_their_way: Vec::new(),
            replicas: [Replica::start(0), Replica::start(1)],
            started: 2,
            stopped: (0, now),
        }
    }

    fn restarted(&mut self) -> Replica {
        self.started += 1;
        Replica::start(self.started)
    }

    /// One replica gets a little further.
    fn proceed(&mut self) {
        // What clock the writer goes by must not matter.
        let wall = Timestamp::from_second(i64::try_from(self.random.below(2_000_000_000)).unwrap()).unwrap();
        if self.random.below(100) == 0 {
            let which = usize::from(self.random.below(2) == 0);
            self.stopped = (which, self.now + Duration::from_secs(self.random.below(40)));
        }
        let (stopped, until) = self.stopped;
        let chosen = if self.now < until {
            1 - stopped
        } else {
            usize::from(self.random.below(2) == 0)
        };
        let misfortune = self.random.below(20);
        let replica = &mut self.replicas[chosen];
        let leads = replica.leads(self.now);
        let election = &mut replica.election;
        replica.request = match replica.request.take() {
            None => match election.step(self.now) {
                Step::Look => Some(Request::Look),
                Step::Write if misfortune == 0 && leads => {
                    let released = election.release(wall);
                    self.on_their_way.extend(released);
                    self.replicas[chosen] = self.restarted();
                    return;
                }
                Step::Write => Some(Request::Write(election.claim(wall), self.now)),
                Step::Wait => {
                    election.look_again();
                    None
                }
                Step::Lose(_) => {
                    self.replicas[chosen] = self.restarted();
                    return;
                }
            },
            Some(Request::Look) => Some(Request::Looked(self.stored.lease.clone())),
            Some(Request::Looked(found)) => {
                election.looked(found, self.now);
                None
            }
            Some(Request::Write(lease, _)) if misfortune == 1 => {
                self.on_their_way.push(lease);
                None
            }
            Some(Request::Write(lease, begun)) => {
                let written = self.stored.write(lease);
                Some(Request::Written(written, begun)).filter(|_| misfortune != 2)
            }
            Some(Request::Written(Some(lease), begun)) => {
                election.written(lease, begun, self.now);
                None
            }
            Some(Request::Written(None, _)) => {
                election.look_again();
                None
            }
        };
    }
}

#[test]
fn at_no_moment_do_two_replicas_lead_whatever_is_delayed_or_lost() {
    let mut changes = 0;
    for seed in 1..=400 {
        let mut world = World::new(seed);
        let longest_delay = [50, 500, 3_000, 12_000][usize::try_from(seed % 4).unwrap()];
        for step in 0..1_000 {
            world.now += Duration::from_millis(world.random.below(longest_delay));
            let now = world.now;
            for replica in &mut world.replicas {
                let leads = replica.leads(now);
                assert!(
                    !(leads && replica.has_lost),
                    "one leads again, seed {seed}, step {step}"
                );
                changes += u32::from(leads && !replica.has_led);
                replica.has_lost |= replica.has_led && !leads;
                replica.has_led |= leads;
            }
            let leading = world.replicas.iter().filter(|replica| replica.leads(now));
            assert!(leading.count() < 2, "two lead, seed {seed}, step {step}");
            if world.random.below(10) == 0
                && let Some(late) = world.on_their_way.pop()
            {
                world.stored.write(late);
            }
            world.proceed();
        }
    }
    assert!(
        changes > 2_000,
        "too little happened: {changes} changes of leader"
    );
}

//! Slint's event loop on the machine's own panel.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use slint::LogicalSize;
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{EventLoopProxy, Platform, PlatformError, WindowAdapter, WindowEvent};

use super::machine::{Due, Machine, Woken};
use super::wake::Inbox;
use crate::proxy::Wanted;

/// Longest sleep of the loop: hot-plug, hours and new event nodes are looked after this often.
const UPKEEP_EVERY: Duration = Duration::from_secs(1);

/// Of which size the design is, once it is shown.
pub type Design = Rc<Cell<Option<LogicalSize>>>;

/// One window on one panel.
pub struct DevicePlatform {
    window: Rc<MinimalSoftwareWindow>,
    is_taken: Cell<bool>,
    machine: RefCell<Machine>,
    inbox: Inbox,
    design: Design,
    began: Instant,
}

impl DevicePlatform {
    /// On `machine`; time begins.
    ///
    /// # Errors
    /// The kernel has no descriptor left.
    pub fn new(machine: Machine, design: Design) -> std::io::Result<Self> {
        let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
        let inbox = Inbox::new()?;
        Ok(Self {
            window,
            is_taken: Cell::new(false),
            machine: RefCell::new(machine),
            inbox,
            design,
            began: Instant::now(),
        })
    }

    fn spin(&self, machine: &mut Machine) -> Result<(), PlatformError> {
        self.resize(machine)?;
        self.window.dispatch_event_with_result(WindowEvent::WindowActiveChanged(true))?;
        let mut upkeep_at = Duration::ZERO;
        loop {
            let now = self.began.elapsed();
            if now >= upkeep_at {
                self.look_after(machine, now)?;
                upkeep_at = now + UPKEEP_EVERY;
            }
            slint::platform::update_timers_and_animations();
            let due = machine.draw(&self.window, self.began.elapsed()).map_err(other)?;
            let pause = self.pause(due, upkeep_at.saturating_sub(self.began.elapsed()));
            let woken = wait(machine, &self.inbox, pause)?;
            for message in self.inbox.take() {
                match message {
                    Wanted::Task(task) => task(),
                    Wanted::Quit => return Ok(()),
                }
            }
            self.take_input(machine, &woken)?;
        }
    }

    /// How long there is nothing to do.
    fn pause(&self, due: Due, upkeep: Duration) -> Duration {
        let timer = slint::platform::duration_until_next_timer_update();
        let frame = match due {
            Due::In(wait) => Some(wait),
            Due::Whenever => self.window.has_active_animations().then_some(Duration::ZERO),
            Due::Unseen => None,
        };
        [timer, frame].into_iter().flatten().fold(upkeep, Duration::min)
    }

    fn look_after(&self, machine: &mut Machine, now: Duration) -> Result<(), PlatformError> {
        machine.look_for_inputs();
        if machine.look_for_panel().map_err(other)? {
            self.resize(machine)?;
        }
        if machine.adjust_light(now).map_err(other)? {
            self.window.request_redraw();
        }
        Ok(())
    }

    /// The picture gets the panel's size, and the design the scale at which it fits.
    fn resize(&self, machine: &mut Machine) -> Result<(), PlatformError> {
        let view = super::finger::physical(machine.view());
        self.window.set_size(view);
        match self.design.get() {
            Some(design) => crate::fit(&self.window, design)?,
            None => {
                self.window.dispatch_event_with_result(WindowEvent::Resized { size: view.to_logical(1.0) }).map(drop)?
            }
        }
        machine.begin_anew();
        self.window.request_redraw();
        Ok(())
    }

    fn take_input(&self, machine: &mut Machine, woken: &Woken) -> Result<(), PlatformError> {
        if woken.panel {
            machine.panel_told().map_err(other)?;
        }
        let (now, scale) = (self.began.elapsed(), self.window.scale_factor());
        for event in machine.input(&woken.inputs, now, scale) {
            self.window.dispatch_event_with_result(event)?;
        }
        if !woken.inputs.is_empty() && machine.adjust_light(now).map_err(other)? {
            self.window.request_redraw();
        }
        Ok(())
    }
}

fn other(error: std::io::Error) -> PlatformError {
    PlatformError::OtherError(Box::new(error))
}

/// Waits at most `pause` for the inbox, the panel or an event node.
fn wait(machine: &Machine, inbox: &Inbox, pause: Duration) -> Result<Woken, PlatformError> {
    let (bell, card) = (inbox.bell(), machine.card());
    let nodes: Vec<_> = machine.inputs.descriptors().collect();
    let mut descriptors = vec![PollFd::new(&bell, PollFlags::IN), PollFd::new(&card, PollFlags::IN)];
    descriptors.extend(nodes.iter().map(|node| PollFd::new(node, PollFlags::IN)));
    let timeout =
        Timespec { tv_sec: i64::try_from(pause.as_secs()).unwrap_or(i64::MAX), tv_nsec: pause.subsec_nanos().into() };
    match poll(&mut descriptors, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(other(error.into())),
    }
    let is_ready = |descriptor: &PollFd<'_>| !descriptor.revents().is_empty();
    let inputs = descriptors.iter().skip(2).enumerate().filter(|(_, node)| is_ready(node)).map(|(index, _)| index);
    Ok(Woken { panel: descriptors.get(1).is_some_and(is_ready), inputs: inputs.collect() })
}

impl Platform for DevicePlatform {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        if self.is_taken.replace(true) {
            return Err(PlatformError::from("a panel holds one window"));
        }
        Ok(Rc::clone(&self.window) as Rc<dyn WindowAdapter>)
    }

    fn run_event_loop(&self) -> Result<(), PlatformError> {
        let mut machine =
            self.machine.try_borrow_mut().map_err(|_| PlatformError::from("the event loop runs already"))?;
        self.spin(&mut machine)
    }

    fn duration_since_start(&self) -> Duration {
        self.began.elapsed()
    }

    fn new_event_loop_proxy(&self) -> Option<Box<dyn EventLoopProxy>> {
        Some(Box::new(self.inbox.proxy()))
    }
}

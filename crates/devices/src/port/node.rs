//! A device node of the USB printer class (`/dev/usb/lp0`), or a plain file that takes the bytes.

#[cfg(unix)]
pub use unix::{Node, open};
#[cfg(not(unix))]
pub use writing::{Node, open};

#[cfg(unix)]
mod unix {
    use crate::port::{Port, PortError, WriteError, Wrote, write_by_turns};
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{FileType, Mode, OFlags};
    use rustix::io::Errno;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    /// An open node or file.
    pub struct Node {
        file: OwnedFd,
        answers: bool,
    }

    /// Opens a node to write and read; a plain file is added to, and made when it is not there.
    ///
    /// # Errors
    /// No such folder, no permission, or the device is in use.
    pub fn open(path: &str) -> io::Result<Node> {
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let is_device = rustix::fs::stat(path).is_ok_and(|stat| {
            matches!(
                FileType::from_raw_mode(stat.st_mode),
                FileType::CharacterDevice | FileType::Socket
            )
        });
        let file = match is_device {
            true => rustix::fs::open(path, flags | OFlags::RDWR, Mode::empty())?,
            false => rustix::fs::open(
                path,
                flags | OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE,
                Mode::RUSR | Mode::WUSR | Mode::RGRP,
            )?,
        };
        Ok(Node {
            file,
            answers: is_device,
        })
    }

    impl Node {
        /// The other end of a line: the master of a pseudo-terminal.
        #[cfg(feature = "twin")]
        pub(crate) fn master(file: OwnedFd) -> Node {
            Node { file, answers: true }
        }

        fn wait(&self, flags: PollFlags, within: Duration) -> io::Result<bool> {
            let within = Timespec::try_from(within).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
            match poll(&mut [PollFd::new(&self.file, flags)], Some(&within)) {
                Ok(ready) => Ok(ready > 0),
                Err(Errno::INTR) => Ok(false),
                Err(error) => Err(error.into()),
            }
        }
    }

    impl Port for Node {
        fn write_all(&mut self, bytes: &[u8], within: Duration) -> Result<(), WriteError> {
            write_by_turns(bytes, within, |rest, left| {
                if !self.wait(PollFlags::OUT, left)? {
                    return Ok(Wrote::NotYet);
                }
                match rustix::io::write(&self.file, rest) {
                    Ok(count) => Ok(Wrote::Some(count)),
                    Err(Errno::AGAIN | Errno::INTR) => Ok(Wrote::NotYet),
                    Err(error) => Err(error.into()),
                }
            })
        }

        fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, PortError> {
            if !self.answers || !self.wait(PollFlags::IN, within)? {
                return Ok(0);
            }
            match rustix::io::read(&self.file, buffer) {
                // The printer class driver answers 0 for "nothing yet".
                Ok(count) => Ok(count),
                Err(Errno::AGAIN | Errno::INTR) => Ok(0),
                Err(Errno::IO | Errno::NODEV) => Err(PortError::Closed),
                Err(error) => Err(PortError::Io(error.into())),
            }
        }

        fn answers(&self) -> bool {
            self.answers
        }
    }
}

#[cfg(not(unix))]
mod writing {
    use crate::port::{Port, PortError, WriteError, Wrote, write_by_turns};
    use std::fs::{File, OpenOptions};
    use std::io::{self, Write};
    use std::time::Duration;

    /// An open file or device, written only.
    pub struct Node {
        file: File,
    }

    /// Opens a device or file to add to it.
    ///
    /// # Errors
    /// No such folder, no permission, or the device is in use.
    pub fn open(path: &str) -> io::Result<Node> {
        Ok(Node {
            file: OpenOptions::new().append(true).create(true).open(path)?,
        })
    }

    impl Port for Node {
        fn write_all(&mut self, bytes: &[u8], within: Duration) -> Result<(), WriteError> {
            write_by_turns(bytes, within, |rest, _| self.file.write(rest).map(Wrote::Some))
        }

        fn read(&mut self, _: &mut [u8], _: Duration) -> Result<usize, PortError> {
            Ok(0)
        }

        fn answers(&self) -> bool {
            false
        }
    }
}

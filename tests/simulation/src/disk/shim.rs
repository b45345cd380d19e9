//! A VFS between SQLite and its own unix one. It passes everything through and tells the machine's [`super::Disk`] of
//! writes, cuts, syncs and removals, which may answer with a fault. Registered as the default, so that the program under
//! test opens its files as always.
//!
//! The only unsafe code of the crate: SQLite calls it with pointers of its own making.
#![allow(unsafe_code, reason = "SQLite's VFS is an interface of C")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::PathBuf;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Once, OnceLock};

use rusqlite::ffi;

use super::{Change, Disk, Fate, Verdict, disk_of};
use crate::dice::Dice;

/// What SQLite's own VFS keeps of a file lies behind ours, in the same piece of memory.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    tracked: *mut Tracked,
}

struct Tracked {
    disk: Disk,
    path: PathBuf,
}

const OWN: usize = size_of::<File>().next_multiple_of(16);

struct Below(*mut ffi::sqlite3_vfs);
// The unix VFS is a static of SQLite's, made for use from any thread.
unsafe impl Send for Below {}
unsafe impl Sync for Below {}

static BELOW: OnceLock<Below> = OnceLock::new();
static SEED: AtomicU64 = AtomicU64::new(0);

fn below() -> *mut ffi::sqlite3_vfs {
    BELOW.get().map_or(ptr::null_mut(), |below| below.0)
}

/// Registers the shim as SQLite's default, once a process.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| unsafe {
        ffi::sqlite3_initialize();
        let unix = ffi::sqlite3_vfs_find(ptr::null());
        let _ = BELOW.set(Below(unix));
        let mut shim = *unix;
        shim.iVersion = 1;
        shim.szOsFile = OWN as c_int + (*unix).szOsFile;
        shim.pNext = ptr::null_mut();
        shim.zName = c"fovea-simulation".as_ptr();
        shim.pAppData = ptr::null_mut();
        shim.xOpen = Some(open);
        shim.xDelete = Some(delete);
        shim.xRandomness = Some(randomness);
        // SQLite keeps the pointer for good.
        ffi::sqlite3_vfs_register(Box::into_raw(Box::new(shim)), 1);
    });
}

/// SQLite's own chance (salts of the write-ahead log) begins anew from this.
pub fn reseed(seed: u64) {
    SEED.store(seed, Ordering::SeqCst);
    // No bytes asked for: the next call begins with `xRandomness`.
    unsafe { ffi::sqlite3_randomness(0, ptr::null_mut()) };
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, count: c_int, out: *mut c_char) -> c_int {
    let mut bytes = vec![0; count.max(0) as usize];
    Dice::new(SEED.load(Ordering::SeqCst)).fill(&mut bytes);
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), out.cast::<u8>(), bytes.len()) };
    count
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Without `xFetch`: reads go through here, never through mapped memory.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

fn path_of(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes();
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    unsafe {
        let own = file.cast::<File>();
        (*own).base.pMethods = ptr::null();
        (*own).tracked = ptr::null_mut();
        let path = path_of(name);
        let disk = path.as_deref().and_then(disk_of);
        if disk.as_ref().is_some_and(Disk::is_dead) {
            return ffi::SQLITE_CANTOPEN;
        }
        let inner = inner(file);
        let Some(open) = (*below()).xOpen else {
            return ffi::SQLITE_ERROR;
        };
        let code = open(below(), name, inner, flags, out);
        if !(*inner).pMethods.is_null() {
            (*own).base.pMethods = &METHODS;
            if let (Some(disk), Some(path)) = (disk, path) {
                disk.opened(&path);
                (*own).tracked = Box::into_raw(Box::new(Tracked { disk, path }));
            }
        }
        code
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    let path = path_of(name);
    if let Some((disk, path)) = path.as_deref().and_then(|path| Some((disk_of(path)?, path))) {
        if disk.is_dead() {
            return ffi::SQLITE_IOERR_DELETE;
        }
        disk.removed(path);
    }
    unsafe {
        match (*below()).xDelete {
            Some(delete) => delete(below(), name, sync_folder),
            None => ffi::SQLITE_ERROR,
        }
    }
}

fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    unsafe { file.cast::<u8>().add(OWN).cast() }
}

/// The machine of an open file; none for files that are none of ours.
unsafe fn tracked<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a Tracked> {
    unsafe { (*file.cast::<File>()).tracked.as_ref() }
}

macro_rules! pass {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let inner = inner($file);
        match (*(*inner).pMethods).$method {
            Some(method) => method(inner $(, $argument)*),
            None => ffi::SQLITE_IOERR,
        }
    }};
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe {
        let own = file.cast::<File>();
        if !(*own).tracked.is_null() {
            drop(Box::from_raw((*own).tracked));
            (*own).tracked = ptr::null_mut();
        }
        pass!(file, xClose)
    }
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, out: *mut c_void, count: c_int, offset: i64) -> c_int {
    unsafe {
        if tracked(file).is_some_and(|tracked| tracked.disk.is_dead()) {
            return ffi::SQLITE_IOERR_READ;
        }
        pass!(file, xRead, out, count, offset)
    }
}

/// The length of a file, and what of it stands in a range.
unsafe fn standing(file: *mut ffi::sqlite3_file, offset: u64, count: u64) -> (u64, Vec<u8>) {
    unsafe {
        let mut len = 0;
        pass!(file, xFileSize, &raw mut len);
        let len = len.max(0) as u64;
        let mut old = vec![0; len.min(offset + count).saturating_sub(offset) as usize];
        if !old.is_empty() {
            pass!(file, xRead, old.as_mut_ptr().cast(), old.len() as c_int, offset as i64);
        }
        (len, old)
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, bytes: *const c_void, count: c_int, offset: i64) -> c_int {
    unsafe {
        if let Some(Tracked { disk, path }) = tracked(file) {
            let (at, count) = (offset.max(0) as u64, count.max(0) as u64);
            let (old_len, old) = standing(file, at, count);
            match disk.before_write(at + count > old_len) {
                Verdict::Go => {}
                Verdict::Full => return ffi::SQLITE_FULL,
                _ => return ffi::SQLITE_IOERR_WRITE,
            }
            let new = std::slice::from_raw_parts(bytes.cast::<u8>(), count as usize).to_vec();
            disk.wrote(
                path,
                Change {
                    offset: at,
                    old,
                    old_len,
                    new: Some(new),
                    fate: Fate::Pending,
                },
            );
        }
        pass!(file, xWrite, bytes, count, offset)
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    unsafe {
        if let Some(Tracked { disk, path }) = tracked(file) {
            if disk.before_write(false) != Verdict::Go {
                return ffi::SQLITE_IOERR_TRUNCATE;
            }
            let offset = size.max(0) as u64;
            let (old_len, old) = standing(file, offset, u64::from(u32::MAX));
            disk.wrote(
                path,
                Change {
                    offset,
                    old,
                    old_len,
                    new: None,
                    fate: Fate::Pending,
                },
            );
        }
        pass!(file, xTruncate, size)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    unsafe {
        match tracked(file) {
            // The bytes are in the file already, and the real disk is not the one that is cut.
            Some(Tracked { disk, path }) => match disk.sync(path) {
                Verdict::Go => ffi::SQLITE_OK,
                _ => ffi::SQLITE_IOERR_FSYNC,
            },
            None => pass!(file, xSync, flags),
        }
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    unsafe { pass!(file, xFileSize, size) }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    unsafe { pass!(file, xLock, level) }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    unsafe { pass!(file, xUnlock, level) }
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    unsafe { pass!(file, xCheckReservedLock, out) }
}

unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, op: c_int, argument: *mut c_void) -> c_int {
    unsafe { pass!(file, xFileControl, op, argument) }
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe { pass!(file, xSectorSize) }
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe { pass!(file, xDeviceCharacteristics) }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    unsafe { pass!(file, xShmMap, region, size, extend, out) }
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, count: c_int, flags: c_int) -> c_int {
    unsafe { pass!(file, xShmLock, offset, count, flags) }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    unsafe {
        let inner = inner(file);
        if let Some(barrier) = (*(*inner).pMethods).xShmBarrier {
            barrier(inner);
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, remove: c_int) -> c_int {
    unsafe { pass!(file, xShmUnmap, remove) }
}

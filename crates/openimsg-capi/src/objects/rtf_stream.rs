//! What `WrapCompressedRTFStream` gives: RTF to read from a compressed value, or to write into one.

use crate::ffi::refcount::lock;
use openimsg::body::{rtf_compress, rtf_store};
use openimsg::{Code, Copied, Error, Result, SeekOrigin, SeekStream, StatStg};
use std::sync::{Arc, Mutex};

/// Text that is read from its beginning.
pub(crate) struct TextReader {
    bytes: Vec<u8>,
    position: Mutex<usize>,
}

/// RTF that is compressed into a value when it is complete.
pub(crate) struct RtfWriter {
    inner: Arc<dyn SeekStream>,
    /// Written without compression.
    plain: bool,
    text: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    /// Some of it is not in the value.
    pending: bool,
}

impl TextReader {
    pub(crate) fn new(bytes: Vec<u8>) -> TextReader {
        TextReader { bytes, position: Mutex::new(0) }
    }
}

impl RtfWriter {
    /// The value is written anew, even if no text comes.
    pub(crate) fn new(inner: Arc<dyn SeekStream>, plain: bool) -> RtfWriter {
        RtfWriter { inner, plain, text: Mutex::new(Written { bytes: Vec::new(), pending: true }) }
    }

    /// Writes the value, if some of the text is not in it.
    fn publish(&self) -> Result<()> {
        let mut text = lock(&self.text);
        if !text.pending {
            return Ok(());
        }
        let value = match self.plain {
            true => rtf_store(&text.bytes),
            false => rtf_compress(&text.bytes),
        };
        self.inner.seek(0, SeekOrigin::SET)?;
        crate::ffi::foreign::write_all(&*self.inner, &value)?;
        self.inner.set_size(value.len() as u64)?;
        text.pending = false;
        Ok(())
    }
}

/// Never asked: the object over these answers such calls itself.
fn not_offered<T>(doing: &'static str) -> Result<T> {
    Err(Error::new(Code::NoSupport, doing))
}

impl SeekStream for TextReader {
    fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        let mut position = lock(&self.position);
        let rest = self.bytes.get(*position..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        *position += len;
        Ok(len)
    }

    fn write(&self, _: &[u8]) -> Result<usize> {
        Err(Error::new(Code::StgAccessDenied, "write stream").note("it was opened for reading"))
    }

    fn seek(&self, _: i64, _: SeekOrigin) -> Result<u64> {
        not_offered("seek stream")
    }

    fn set_size(&self, _: u64) -> Result<()> {
        not_offered("set size of stream")
    }

    fn copy_to(&self, target: &dyn SeekStream, limit: u64) -> Copied {
        let mut position = lock(&self.position);
        let rest = self.bytes.get(*position..).unwrap_or_default();
        let len = rest.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
        let part = rest.get(..len).unwrap_or_default();
        let result = crate::ffi::foreign::write_all(target, part);
        let written = if result.is_ok() { len as u64 } else { 0 };
        *position += len;
        Copied { read: len as u64, written, result }
    }

    fn commit(&self, _: u32) -> Result<()> {
        Ok(())
    }

    fn revert(&self) -> Result<()> {
        not_offered("revert stream")
    }

    fn stat(&self) -> Result<StatStg> {
        not_offered("stat stream")
    }

    fn clone_stream(&self) -> Result<Arc<dyn SeekStream>> {
        not_offered("clone stream")
    }
}

impl SeekStream for RtfWriter {
    fn read(&self, _: &mut [u8]) -> Result<usize> {
        Err(Error::new(Code::StgAccessDenied, "read stream").note("it was opened for writing"))
    }

    fn write(&self, data: &[u8]) -> Result<usize> {
        let mut text = lock(&self.text);
        text.bytes.extend_from_slice(data);
        text.pending = true;
        Ok(data.len())
    }

    fn seek(&self, _: i64, _: SeekOrigin) -> Result<u64> {
        not_offered("seek stream")
    }

    fn set_size(&self, _: u64) -> Result<()> {
        not_offered("set size of stream")
    }

    fn copy_to(&self, _: &dyn SeekStream, _: u64) -> Copied {
        let error = Error::new(Code::StgAccessDenied, "copy stream");
        Copied { read: 0, written: 0, result: Err(error.note("it was opened for writing")) }
    }

    fn commit(&self, _: u32) -> Result<()> {
        self.publish()
    }

    fn revert(&self) -> Result<()> {
        not_offered("revert stream")
    }

    fn stat(&self) -> Result<StatStg> {
        not_offered("stat stream")
    }

    fn clone_stream(&self) -> Result<Arc<dyn SeekStream>> {
        not_offered("clone stream")
    }
}

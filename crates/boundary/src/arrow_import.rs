//! Arrays out of foreign memory, checked before they are built.
//!
//! The Arrow library builds the arrays of a stream before anybody can check them, and panics where
//! lengths, types or buffers do not fit each other. Here they are checked first, of streams and of
//! single arrays alike.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type};
use arrow_array::{ArrayRef, make_array};
use arrow_schema::{ArrowError, DataType};

use crate::guard;

/// Builds an array of a type, if its buffers fit its lengths.
///
/// # Safety
///
/// By the C data interface, the array is laid out as `data_type` says.
pub unsafe fn array(array: FFI_ArrowArray, data_type: DataType) -> Result<ArrayRef, ArrowError> {
    unless_it_panics("array", || {
        // SAFETY: the caller's.
        let data = unsafe { from_ffi_and_data_type(array, data_type) }?;
        data.validate()?;
        Ok(make_array(data))
    })
}

/// Reads the type of arrays.
pub fn data_type(schema: &FFI_ArrowSchema) -> Result<DataType, ArrowError> {
    unless_it_panics("type", || DataType::try_from(schema))
}

/// Some of the lies are found by an assertion of the Arrow library only.
fn unless_it_panics<T>(
    what: &str,
    read: impl FnOnce() -> Result<T, ArrowError>,
) -> Result<T, ArrowError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|payload| {
        let text = guard::text(payload.as_ref());
        Err(ArrowError::CDataInterface(format!("the {what} is malformed: {text}")))
    })
}

/// `ArrowArrayStream` of the Arrow C stream interface.
#[repr(C)]
pub struct Stream {
    get_schema: Option<unsafe extern "C" fn(*mut Self, *mut FFI_ArrowSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut Self, *mut FFI_ArrowArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut Self) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut Self)>,
    private_data: *mut c_void,
}

impl Stream {
    /// A stream that was moved away, or has ended.
    fn released() -> Self {
        Self {
            get_schema: None,
            get_next: None,
            get_last_error: None,
            release: None,
            private_data: std::ptr::null_mut(),
        }
    }

    /// What the producer says of a call that failed.
    fn error(&mut self, code: c_int) -> ArrowError {
        // SAFETY: the stream is not released, and the text is valid until the next call.
        let text = self.get_last_error.and_then(|get| unsafe {
            let text = get(self);
            (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
        });
        let text = text.unwrap_or_else(|| "without a message".to_owned());
        ArrowError::CDataInterface(format!("the producer failed with code {code}: {text}"))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the stream is not released, and nobody else has it.
            unsafe { release(self) };
        }
    }
}

/// The arrays of a stream.
pub struct Arrays {
    stream: Stream,
    data_type: DataType,
}

impl Arrays {
    /// Moves a stream out of the memory that it is in.
    ///
    /// # Errors
    ///
    /// The stream was moved away before, or has no type.
    ///
    /// # Safety
    ///
    /// There is a stream at `stream` that keeps the C stream interface's rules.
    pub unsafe fn take(stream: *mut Stream) -> Result<Self, ArrowError> {
        // SAFETY: the caller's.
        let mut stream = unsafe { std::ptr::replace(stream, Stream::released()) };
        let Some(get_schema) = stream.get_schema.filter(|_| stream.release.is_some()) else {
            let text = "the stream was consumed before; pass it afresh".to_owned();
            return Err(ArrowError::CDataInterface(text));
        };
        let mut schema = FFI_ArrowSchema::empty();
        // SAFETY: the stream is not released, and `schema` is there to be written to.
        let code = unsafe { get_schema(&raw mut stream, &raw mut schema) };
        if code != 0 {
            return Err(stream.error(code));
        }
        let data_type = data_type(&schema)?;
        Ok(Self { stream, data_type })
    }

    /// The type of all arrays.
    pub fn data_type(&self) -> &DataType {
        &self.data_type
    }
}

impl Iterator for Arrays {
    type Item = Result<ArrayRef, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let get_next = self.stream.get_next.filter(|_| self.stream.release.is_some())?;
        let mut next = FFI_ArrowArray::empty();
        // SAFETY: the stream is not released, and `next` is there to be written to.
        let code = unsafe { get_next(&raw mut self.stream, &raw mut next) };
        if code != 0 {
            return Some(Err(self.stream.error(code)));
        }
        if next.is_released() {
            return None;
        }
        // SAFETY: by the interface, the arrays of a stream are of its type.
        Some(unsafe { array(next, self.data_type.clone()) })
    }
}

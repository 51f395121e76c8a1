//! The settings that gRPC is given for connections, read back.

use std::collections::BTreeMap;
use std::ffi::CStr;

use grpcio::ChannelBuilder;
use grpcio_sys::{grpc_arg_type, grpc_channel_args};

/// The numbers among them by name.
pub fn numbers(builder: &ChannelBuilder) -> BTreeMap<String, i32> {
    let settings = builder.build_args();
    let read: *const grpc_channel_args = settings.as_ptr().cast();
    let mut numbers = BTreeMap::new();
    // SAFETY: `settings` lives until the end, and has as many arguments as it says,
    // each with a name that ends in a zero byte and the value that its type says.
    unsafe {
        for place in 0..(*read).num_args {
            let argument = &*(*read).args.add(place);
            if argument.type_ == grpc_arg_type::GRPC_ARG_INTEGER {
                let name = CStr::from_ptr(argument.key).to_str().unwrap();
                numbers.insert(name.to_owned(), argument.value.integer);
            }
        }
    }
    numbers
}

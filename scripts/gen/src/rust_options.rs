//! `--rust_opt`: protobuf-codegen's own options, for all messages of a run.

use std::str::FromStr;

use protobuf_codegen::Customize;

use crate::names::renames::Accessors;

/// How messages are written; `None` leaves protobuf-codegen's default, which
/// options in the `.proto` files (`rustproto.proto`) can change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RustOptions(Vec<(RustOption, bool)>);

/// One of protobuf-codegen's options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RustOption {
    Btreemap,
    GenerateAccessors,
    GenerateGetter,
    LiteRuntime,
    OneofsNonExhaustive,
    TokioBytes,
    TokioBytesForString,
}

const NAMES: [(&str, RustOption); 7] = [
    ("btreemap", RustOption::Btreemap),
    ("generate_accessors", RustOption::GenerateAccessors),
    ("generate_getter", RustOption::GenerateGetter),
    ("lite_runtime", RustOption::LiteRuntime),
    ("oneofs_non_exhaustive", RustOption::OneofsNonExhaustive),
    ("tokio_bytes", RustOption::TokioBytes),
    ("tokio_bytes_for_string", RustOption::TokioBytesForString),
];

/// Why an option was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// No option has this name.
    #[error("option '{0}' is not known; the options are {known}", known = NAMES.map(|(name, _)| name).join(", "))]
    Unknown(String),
    /// The option is on or off.
    #[error("option '{0}' has the value '{1}'; it must be true or false")]
    NotBool(String, String),
}

impl FromStr for RustOptions {
    type Err = OptionError;

    /// Options as protoc passes them: `a,b=false`.
    fn from_str(text: &str) -> Result<RustOptions, OptionError> {
        let words = text.split(',').filter(|word| !word.is_empty());
        let options = words.map(|word| {
            let (name, value) = word.split_once('=').unwrap_or((word, "true"));
            let (_, option) = NAMES
                .iter()
                .find(|(known, _)| *known == name)
                .ok_or_else(|| OptionError::Unknown(name.to_owned()))?;
            let value = value
                .parse()
                .map_err(|_| OptionError::NotBool(name.to_owned(), value.to_owned()))?;
            Ok((*option, value))
        });
        Ok(RustOptions(options.collect::<Result<_, _>>()?))
    }
}

impl RustOptions {
    /// Adds options, which count over those that are there.
    pub fn extend(&mut self, others: RustOptions) {
        self.0.extend(others.0);
    }

    /// As protobuf-codegen takes them.
    pub fn customize(&self) -> Customize {
        let none = Customize::default().gen_mod_rs(false);
        self.0
            .iter()
            .fold(none, |customize, (option, value)| match option {
                RustOption::Btreemap => customize.btreemaps(*value),
                RustOption::GenerateAccessors => customize.generate_accessors(*value),
                RustOption::GenerateGetter => customize.generate_getter(*value),
                RustOption::LiteRuntime => customize.lite_runtime(*value),
                RustOption::OneofsNonExhaustive => customize.oneofs_non_exhaustive(*value),
                RustOption::TokioBytes => customize.tokio_bytes(*value),
                RustOption::TokioBytesForString => customize.tokio_bytes_for_string(*value),
            })
    }

    /// Which fields get accessors.
    pub fn accessors(&self) -> Accessors {
        let asks = |(option, value): &(RustOption, bool)| {
            *value
                && matches!(
                    option,
                    RustOption::GenerateAccessors | RustOption::GenerateGetter
                )
        };
        match self.0.iter().any(asks) {
            true => Accessors::All,
            false => Accessors::Default,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_written_as_for_protoc() {
        let options: RustOptions = "lite_runtime,generate_getter=false".parse().unwrap();
        assert_eq!(
            options.customize(),
            Customize::default()
                .gen_mod_rs(false)
                .lite_runtime(true)
                .generate_getter(false)
        );
        assert_eq!(options.accessors(), Accessors::Default);
    }

    #[test]
    fn what_is_no_option_is_refused() {
        let refusal = |text: &str| text.parse::<RustOptions>().unwrap_err().to_string();
        assert_eq!(
            refusal("lite"),
            "option 'lite' is not known; the options are btreemap, generate_accessors, generate_getter, \
             lite_runtime, oneofs_non_exhaustive, tokio_bytes, tokio_bytes_for_string"
        );
        assert_eq!(
            refusal("btreemap=1"),
            "option 'btreemap' has the value '1'; it must be true or false"
        );
    }
}

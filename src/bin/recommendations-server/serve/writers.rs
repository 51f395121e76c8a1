//! Who may write, as the command line and the environment name them.

use std::ffi::OsStr;

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use clap::parser::ValueSource;
use clap::{Arg, Command, Error};

/// Common names of certificates, as one value has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonNames(pub Vec<String>);

/// Takes a value of the command line as one name, since a name may have a comma, and
/// a variable as several with commas between.
#[derive(Clone)]
pub struct CommonNamesParser;

impl TypedValueParser for CommonNamesParser {
    type Value = CommonNames;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<CommonNames, Error> {
        let name = NonEmptyStringValueParser::new().parse_ref(command, argument, value)?;
        Ok(CommonNames(vec![name]))
    }

    fn parse_ref_(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<CommonNames, Error> {
        let CommonNames(whole) = self.parse_ref(command, argument, value)?;
        if source != ValueSource::EnvVariable {
            return Ok(CommonNames(whole));
        }
        let names = whole.iter().flat_map(|names| names.split(','));
        let checked = names.map(|name| {
            NonEmptyStringValueParser::new().parse_ref(command, argument, OsStr::new(name))
        });
        Ok(CommonNames(checked.collect::<Result<_, Error>>()?))
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    fn names(value: &str, source: ValueSource) -> Result<Vec<String>, ErrorKind> {
        let command = Command::new("program");
        let names = CommonNamesParser.parse_ref_(&command, None, OsStr::new(value), source);
        names.map(|names| names.0).map_err(|error| error.kind())
    }

    #[test]
    fn a_name_on_the_command_line_may_have_a_comma() {
        let name = names("Acme, Inc.", ValueSource::CommandLine);
        assert_eq!(name.unwrap(), ["Acme, Inc."]);
    }

    #[test]
    fn a_variable_has_names_with_commas_between() {
        let two = names("anna,bob", ValueSource::EnvVariable);
        assert_eq!(two.unwrap(), ["anna", "bob"]);
    }

    #[test]
    fn an_empty_name_is_refused() {
        for (value, source) in [
            ("", ValueSource::CommandLine),
            ("anna,", ValueSource::EnvVariable),
            (",", ValueSource::EnvVariable),
        ] {
            assert_eq!(
                names(value, source),
                Err(ErrorKind::InvalidValue),
                "{value}"
            );
        }
    }
}

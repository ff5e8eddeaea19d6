//! Prints the `CustomResourceDefinition`; `make generate` writes it to `crds/documentencodings.yaml` and into the chart.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    print!("{}", crds::schema::custom_resource_definition_yaml()?);
    Ok(())
}

//! The columns of a refraction, and what stands in one.

use optics::{Eye, EyePrescription, Field, FieldSpec, HorizontalPrism, Power, VerticalPrism, text};

/// In the order in which Enter goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Sphere,
    Cylinder,
    Axis,
    Add,
    PrismHorizontal,
    PrismVertical,
    VaDistance,
    VaNear,
}

/// What was recorded in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Power(Power),
    Axis(u16),
    Horizontal(HorizontalPrism),
    Vertical(VerticalPrism),
    Acuity(String),
}

impl Column {
    pub const ALL: [Self; 8] = [
        Self::Sphere,
        Self::Cylinder,
        Self::Axis,
        Self::Add,
        Self::PrismHorizontal,
        Self::PrismVertical,
        Self::VaDistance,
        Self::VaNear,
    ];

    /// The field of the prescription it stands for.
    #[must_use]
    pub const fn field(self) -> Field {
        match self {
            Self::Sphere => Field::Sphere,
            Self::Cylinder => Field::Cylinder,
            Self::Axis => Field::Axis,
            Self::Add => Field::Add,
            Self::PrismHorizontal => Field::PrismHorizontal,
            Self::PrismVertical => Field::PrismVertical,
            Self::VaDistance => Field::VaDistance,
            Self::VaNear => Field::VaNear,
        }
    }

    /// What may be typed into a column of powers or prisms; none for the others.
    #[must_use]
    pub const fn spec(self) -> Option<FieldSpec> {
        match self {
            Self::Sphere => Some(FieldSpec::SPHERE),
            Self::Cylinder => Some(FieldSpec::CYLINDER),
            Self::Add => Some(FieldSpec::ADD),
            Self::PrismHorizontal => Some(FieldSpec::PRISM_HORIZONTAL),
            Self::PrismVertical => Some(FieldSpec::PRISM_VERTICAL),
            Self::Axis | Self::VaDistance | Self::VaNear => None,
        }
    }

    #[must_use]
    pub const fn is_prism(self) -> bool {
        matches!(self, Self::PrismHorizontal | Self::PrismVertical)
    }

    #[must_use]
    pub const fn is_acuity(self) -> bool {
        matches!(self, Self::VaDistance | Self::VaNear)
    }

    /// The element's id: `rx-right-sphere`.
    #[must_use]
    pub const fn id(self, eye: Eye) -> &'static str {
        match (eye, self) {
            (Eye::Right, Self::Sphere) => "rx-right-sphere",
            (Eye::Right, Self::Cylinder) => "rx-right-cylinder",
            (Eye::Right, Self::Axis) => "rx-right-axis",
            (Eye::Right, Self::Add) => "rx-right-add",
            (Eye::Right, Self::PrismHorizontal) => "rx-right-prism-h",
            (Eye::Right, Self::PrismVertical) => "rx-right-prism-v",
            (Eye::Right, Self::VaDistance) => "rx-right-va-distance",
            (Eye::Right, Self::VaNear) => "rx-right-va-near",
            (Eye::Left, Self::Sphere) => "rx-left-sphere",
            (Eye::Left, Self::Cylinder) => "rx-left-cylinder",
            (Eye::Left, Self::Axis) => "rx-left-axis",
            (Eye::Left, Self::Add) => "rx-left-add",
            (Eye::Left, Self::PrismHorizontal) => "rx-left-prism-h",
            (Eye::Left, Self::PrismVertical) => "rx-left-prism-v",
            (Eye::Left, Self::VaDistance) => "rx-left-va-distance",
            (Eye::Left, Self::VaNear) => "rx-left-va-near",
        }
    }

    #[must_use]
    pub fn get(self, eye: &EyePrescription) -> Option<Value> {
        match self {
            Self::Sphere => eye.sphere.map(Value::Power),
            Self::Cylinder => eye.cylinder.map(Value::Power),
            Self::Axis => eye.axis.map(Value::Axis),
            Self::Add => eye.add.map(Value::Power),
            Self::PrismHorizontal => eye.prism_horizontal.map(Value::Horizontal),
            Self::PrismVertical => eye.prism_vertical.map(Value::Vertical),
            Self::VaDistance => eye.va_distance.clone().map(Value::Acuity),
            Self::VaNear => eye.va_near.clone().map(Value::Acuity),
        }
    }

    /// Writes a value into an eye. One of another column is no value.
    pub fn set(self, eye: &mut EyePrescription, value: Option<Value>) {
        let power = match &value {
            Some(Value::Power(power)) => Some(*power),
            _ => None,
        };
        let acuity = match &value {
            Some(Value::Acuity(text)) => Some(text.clone()),
            _ => None,
        };
        match self {
            Self::Sphere => eye.sphere = power,
            Self::Cylinder => eye.cylinder = power,
            Self::Add => eye.add = power,
            Self::VaDistance => eye.va_distance = acuity,
            Self::VaNear => eye.va_near = acuity,
            Self::Axis => {
                eye.axis = match value {
                    Some(Value::Axis(axis)) => Some(axis),
                    _ => None,
                }
            }
            Self::PrismHorizontal => {
                eye.prism_horizontal = match value {
                    Some(Value::Horizontal(prism)) => Some(prism),
                    _ => None,
                }
            }
            Self::PrismVertical => {
                eye.prism_vertical = match value {
                    Some(Value::Vertical(prism)) => Some(prism),
                    _ => None,
                }
            }
        }
    }

    /// As it stands in the field and on paper: `−2.25`, `DS`, `085`, `1.50 IN`.
    #[must_use]
    pub fn write(self, value: &Value) -> String {
        match value {
            Value::Power(power) if self == Self::Cylinder => text::cylinder(Some(*power)),
            Value::Power(power) => power.to_string(),
            Value::Axis(axis) => text::axis(*axis),
            Value::Horizontal(prism) => prism.to_string(),
            Value::Vertical(prism) => prism.to_string(),
            Value::Acuity(text) => text.clone(),
        }
    }

    /// The same of an eye; empty when it was not recorded.
    #[must_use]
    pub fn text_of(self, eye: &EyePrescription) -> String {
        self.get(eye).map(|value| self.write(&value)).unwrap_or_default()
    }
}

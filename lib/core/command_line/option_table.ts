/** The table in which a command declares its options, and the types that follow from it. */

/** What every option has. */
export interface OptionBase {
  /** What the option does, one line, no full stop. */
  description: string;
  /** The word for the value in the help, such as `FILE`. */
  placeholder?: string;
  /** One letter, so that `-q` means the same. */
  short?: string;
  /** The configuration key that is read when the flag is absent. */
  configKey?: string;
  /** What the help shows as the default when the table itself holds none. */
  defaultText?: string;
}

/** An option that may be required. */
export interface Requirable {
  /** Refuse to run without it. */
  required?: boolean;
}

/** A flag that is on or off. */
export interface BooleanOption extends OptionBase {
  /** The kind of value. */
  type: "boolean";
}

/** A flag with one text value. */
export interface StringOption extends OptionBase, Requirable {
  /** The kind of value. */
  type: "string";
  /** Its value when the flag is absent. */
  default?: string;
  /** The only values allowed. */
  choices?: readonly string[];
}

/** A flag that may be given many times. */
export interface StringsOption extends OptionBase {
  /** The kind of value. */
  type: "strings";
}

/** A flag with a number. */
export interface NumberOption extends OptionBase, Requirable {
  /** The kind of value. */
  type: "integer" | "number";
  /** Its value when the flag is absent. */
  default?: number;
  /** The smallest value allowed. */
  min?: number;
  /** The largest value allowed. */
  max?: number;
}

/** A flag with a duration such as `250ms`, `90s`, `10m`, `1.5h` or `30d`; its value is in ms. */
export interface DurationOption extends OptionBase, Requirable {
  /** The kind of value. */
  type: "duration";
  /** Its value when the flag is absent, in milliseconds. */
  default?: number;
}

/** One row of an {@link OptionTable}. */
export type OptionSpec =
  | BooleanOption
  | StringOption
  | StringsOption
  | NumberOption
  | DurationOption;

/** Options by their camelCase name; `batchSize` is given as `--batch-size`. */
export type OptionTable = Record<string, OptionSpec>;

/** The type of an option's value when it is set. */
export type RawValue<S extends OptionSpec> = S extends BooleanOption ? boolean
  : S extends StringsOption ? string[]
  : S extends StringOption ? string
  : number;

/** Whether an option has a value even when its flag is absent. */
export type IsAlwaysSet<S extends OptionSpec> = S extends BooleanOption | StringsOption ? true
  : S extends { required: true } | { default: string | number } ? true
  : false;

/** The values that a parsed table gives: absent ones are undefined unless they have a default. */
export type OptionValues<T extends OptionTable> = {
  [K in keyof T]: IsAlwaysSet<T[K]> extends true ? RawValue<T[K]> : RawValue<T[K]> | undefined;
};

/** Gives the flag's spelling for a name in the table: `batchSize` becomes `batch-size`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

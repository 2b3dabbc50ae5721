/** The variables that say where opsdeck looks: they come before every other setting. */

import {
  callerDirectory,
  ConfigManager,
  ConfigurationError,
  configurationFiles,
  type Environment,
  environmentName,
  environments,
  opsdeckHome,
  readConfigFile,
} from "../../core/mod.ts";
import type { EffectiveSetting } from "./effective_setting.ts";

/** Where opsdeck looks, and what is wrong with that. */
export interface PlaceSettings {
  /** The environment; null when `ENVIRONMENT` names none. */
  environment: Environment | null;
  /** `ENVIRONMENT`, `OPSDECK_HOME` and `OPSDECK_CONFIG`. */
  settings: EffectiveSetting[];
  /** Why one of them, or the configuration file itself, is of no use. */
  errors: ConfigurationError[];
}

/** Reads the variables, and the configuration file. */
export function readPlaceSettings(): PlaceSettings {
  const errors: ConfigurationError[] = [];
  const attempt = <T>(read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      errors.push(error);
      return null;
    }
  };
  const environment = attempt(() => environmentName());
  const home = attempt(() => opsdeckHome());
  const [file = null] = environment === null
    ? []
    : attempt(() => configurationFiles(new ConfigManager(), [])) ?? [];
  attempt(() => readConfigFile());
  return {
    environment,
    settings: [
      row("ENVIRONMENT", environment, `one of ${environments.join(", ")}`, "development"),
      row("OPSDECK_HOME", home, "folder", "~/.local/state/opsdeck"),
      row("OPSDECK_CONFIG", file, "file", `${callerDirectory()}/opsdeck.toml`),
    ],
    errors,
  };
}

function row(
  name: string,
  value: string | null,
  type: string,
  fallback: string,
): EffectiveSetting {
  const isSet = (Deno.env.get(name) ?? "") !== "";
  return {
    group: "place",
    name,
    scripts: [],
    value,
    type,
    default: fallback,
    source: isSet ? name : null,
    level: isSet ? "bare" : "default",
    status: value === null ? "invalid" : isSet ? "set" : "default",
    variables: [name],
    tables: [],
  };
}

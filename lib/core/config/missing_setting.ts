/** What is said where a needed setting is not set. */

import { ConfigurationError } from "../errors/error_classes.ts";
import type { SettingPlace } from "./setting_levels.ts";

/** Makes the error, which names every place where the setting is looked for. */
export function missingSetting(
  key: string,
  places: readonly SettingPlace[],
  isSecret: boolean,
): ConfigurationError {
  const [first = "", ...others] = places.map((place) => place.variable);
  const tables = places.flatMap(({ table }) => table === undefined ? [] : [`[${table}]`]);
  const file = isSecret ? `, ${first}_FILE (the path of a file that holds it)` : "";
  return new ConfigurationError(
    `Cannot find the setting "${key}" as it is not set; set ${first} ` +
      `(or ${others.join(", ")}${file}), or ${key.toLowerCase()} in the configuration file ` +
      `under ${tables.join(" or ")}`,
    { code: "SETTING_MISSING", context: { setting: key, candidates: [first, ...others] } },
  );
}

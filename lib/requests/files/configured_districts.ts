/** Which districts have a server of their own, as far as the configuration tells. */

import { ConfigManager, readConfigFile, variableName } from "../../core/mod.ts";

/**
 * Gives the ids of the districts that have settings of their own for SFTP in this environment
 * (`PRODUCTION_DISTRICT_123_SFTP_HOST`, or the table `[production.district_123]`), in ascending
 * order. All others share the global server.
 *
 * @throws ConfigurationError when the configuration cannot be read.
 */
export function configuredDistricts(): number[] {
  const prefix = variableName(new ConfigManager().environment, "district", "");
  const names = [...Object.keys(Deno.env.toObject()), ...readConfigFile().keys()];
  const ids = names.flatMap((name) => {
    const [, id] = name.startsWith(prefix)
      ? /^(\d{1,16})_SFTP_/.exec(name.slice(prefix.length)) ?? []
      : [];
    return id === undefined ? [] : [Number(id)];
  });
  return [...new Set(ids)].sort((a, b) => a - b);
}

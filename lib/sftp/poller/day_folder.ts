/** The folder of a day. */

import { ConfigurationError } from "../../core/mod.ts";

/**
 * Gives the name of a day's folder, `MMDDYYYY`, as the calendar of a time zone has it.
 *
 * @param timeZone a name of the IANA database, such as `Europe/Berlin`
 */
export function dayFolderName(time: Date, timeZone: string): string {
  const parts = formatter(timeZone).formatToParts(time);
  const part = (type: string) => parts.find((found) => found.type === type)?.value ?? "";
  return `${part("month")}${part("day")}${part("year").padStart(4, "0")}`;
}

/**
 * Checks the name of a time zone.
 *
 * @param source names the setting in errors
 * @throws ConfigurationError when the zone is not known.
 */
export function checkTimeZone(timeZone: string, source = "POLL_TIME_ZONE"): string {
  try {
    formatter(timeZone);
    return timeZone;
  } catch (error) {
    throw new ConfigurationError(
      `Cannot use ${source} as it must be a time zone such as UTC or Europe/Berlin: ` +
        `it is ${JSON.stringify(timeZone)}; correct it or unset it to use "UTC"`,
      { context: { setting: source, value: timeZone }, cause: error },
    );
  }
}

function formatter(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
}

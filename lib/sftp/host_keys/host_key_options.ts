/** Which server is judged by its host key, and by what. */

/** The server, and what is known of its key. */
export interface HostKeyOptions {
  /** The name or address that is connected to. */
  host: string;
  /** The port. */
  port: number;
  /** Fingerprints, of which the server must show one. Then no file is looked at. */
  pins?: readonly string[] | undefined;
  /** A `known_hosts` file to trust, besides the one in the state folder. */
  knownHostsPath?: string | undefined;
  /** Accept a server of which no key is known, and record its key. Defaults to false. */
  acceptNewHostKey?: boolean;
  /** The folder of the `known_hosts` that keys are recorded in. Defaults to `OPSDECK_HOME`. */
  stateFolder?: string | undefined;
  /** Told when a key was recorded. */
  onRecorded?: ((text: string) => void) | undefined;
  /** How the settings are called in errors. */
  names?: { hostKey?: string; knownHosts?: string };
}

/** What every SFTP server of the tests can do, whichever program it is. */

/** Which program serves. */
export type SftpServerKind = "embedded" | "openssh" | "proftpd" | "rclone";

/** A server of a test's own on 127.0.0.1; disposing ends it and removes its files. */
export interface SftpServer extends AsyncDisposable {
  /** Which program serves. */
  readonly kind: SftpServerKind;
  /** Its address. */
  readonly host: string;
  /** Its port, the same after every start. */
  readonly port: number;
  /** The user to log in as. */
  readonly username: string;
  /** The user's password; undefined where only the key is accepted (OpenSSH). */
  readonly password: string | undefined;
  /** The file of the user's private key, which has no passphrase. */
  readonly privateKeyPath: string;
  /** `SHA256:…` of the host key it has now. */
  readonly hostKeyFingerprint: string;
  /** Kind and base64 of the host key it has now, as in `known_hosts`. */
  readonly hostPublicKey: string;
  /** The local folder in which the served files lie. */
  readonly root: string;
  /** The path by which a client reaches a file of the root; the root itself by default. */
  remotePath(name?: string): string;
  /** Ends every connection at once, as a crash does; new ones are taken. */
  killSessions(): Promise<void>;
  /** Makes it silent: no answer, no hang-up, and new connections are not greeted. */
  freeze(): Promise<void>;
  /** Lets it go on. */
  thaw(): Promise<void>;
  /** Ends it and every connection; connecting is refused from then on. */
  stop(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Starts it again with another host key. */
  changeHostKey(): Promise<void>;
}

/** What a server allows. */
export interface SftpServerOptions {
  /** How many channels a connection may have. Defaults to 10. */
  maxChannels?: number;
}

/** Named databases, opened when they are first used. */

import { ConfigManager, ConfigurationError, Secret } from "../core/mod.ts";
import type { ConnectionTarget, Dialect } from "./connection_target.ts";
import { createDatabase, isUnknownDatabase } from "./create_database.ts";
import { checkDatabaseHealth, type DatabaseHealth } from "./database_health.ts";
import { type DatabaseSettings, databaseSettings } from "./database_settings.ts";
import type {
  DatabaseDriver,
  DatabaseSession,
  QueryOptions,
  ReservedSession,
  TransactionOptions,
} from "./driver.ts";
import { openDriver } from "./open_driver.ts";

/** How a database is opened; every field has a default. */
export interface DatabaseManagerOptions {
  /** Where the connection string is looked up. Defaults to the global configuration. */
  config?: ConfigManager;
  /** The database itself, in the place of what the configuration says. */
  target?: ConnectionTarget;
  /** What the server shows the connections as. Defaults to `opsdeck`. */
  applicationName?: string;
  /** PostgreSQL only: settings of every session, by name; not used behind a pooler. */
  sessionSettings?: Readonly<Record<string, string>>;
  /** The most connections at once. Defaults to 10. */
  maxConnections?: number;
  /** Aborted to give up waiting for a connection; what runs goes on. */
  connectSignal?: AbortSignal | undefined;
  /** Hears once what the operator should know, such as that the embedded database is used. */
  notice?: (message: string) => void;
}

/**
 * A named database: `rpa_db` (the queue) or `SurveyHub` (the source of requests), where the
 * configuration says, or the embedded PostgreSQL (reference: requests, DatabaseManager).
 *
 * Nothing is read or connected before the first use. Close it, best with `await using`.
 *
 * ```ts ignore
 * import { DatabaseManager } from "./database_manager.ts";
 *
 * await using database = new DatabaseManager("rpa_db");
 * const [row] = await database.query<{ total: number }>("select count(*) as total from jobs");
 * ```
 */
export class DatabaseManager implements DatabaseSession, AsyncDisposable {
  /** The database's name in the configuration. */
  readonly name: string;
  readonly #options: DatabaseManagerOptions;
  #settings: DatabaseSettings | undefined;
  #target: Promise<ConnectionTarget> | undefined;
  #driver: Promise<DatabaseDriver> | undefined;
  /** The driver once it is open: the way of every query after the first. */
  #open: DatabaseDriver | undefined;
  #embeddedTold = false;

  /** Makes a manager of the database of that name; by default the source database. */
  constructor(name: string = "SurveyHub", options: DatabaseManagerOptions = {}) {
    this.name = name;
    this.#options = options;
  }

  /**
   * The kind of server.
   *
   * @throws ConfigurationError when the configuration does not say where the database is.
   */
  get dialect(): Dialect {
    const settings = this.#readSettings();
    return settings.embedded ? "postgresql" : settings.target.dialect;
  }

  /**
   * Whether the configuration means the embedded PostgreSQL.
   *
   * @throws ConfigurationError when it does not say where the database is.
   */
  get isEmbedded(): boolean {
    return this.#readSettings().embedded;
  }

  /** Runs a statement; see `DatabaseSession.query`. */
  async query<Row extends Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]> {
    const driver = this.#open ?? await this.#openDriver();
    return await driver.query<Row>(text, parameters, options);
  }

  /** Runs a statement and gives how many rows it changed; see `DatabaseSession.execute`. */
  async execute(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<number> {
    const driver = this.#open ?? await this.#openDriver();
    return await driver.execute(text, parameters, options);
  }

  /** Runs `work` in a transaction; see `DatabaseDriver.transaction`. */
  async transaction<T>(
    work: (session: DatabaseSession) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    const driver = this.#open ?? await this.#openDriver();
    return await driver.transaction(work, options);
  }

  /** Opens a connection of one's own; see `DatabaseDriver.reserve`. */
  async reserve(options?: { signal?: AbortSignal | undefined }): Promise<ReservedSession> {
    const driver = this.#open ?? await this.#openDriver();
    return await driver.reserve(options);
  }

  /** Runs `work` on a connection of its own, which is closed after it. */
  async session<T>(work: (session: DatabaseSession) => Promise<T>): Promise<T> {
    await using session = await this.reserve();
    return await work(session);
  }

  /**
   * Calls `onMessage` with the payload of every NOTIFY on a channel; see `DatabaseDriver.listen`.
   *
   * @throws ConfigurationError when the database is not PostgreSQL.
   */
  async listen(
    channel: string,
    onMessage: (payload: string) => void,
    onListening?: () => void,
  ): Promise<AsyncDisposable> {
    const driver = this.#open ?? await this.#openDriver();
    if (driver.listen) return await driver.listen(channel, onMessage, onListening);
    throw new ConfigurationError(
      `Cannot listen on the database "${this.name}" as only PostgreSQL has notifications; ` +
        "use a PostgreSQL database",
    );
  }

  /**
   * Gives a session, with another login than the configuration's when one is named. Disposing it
   * closes what was opened for it.
   */
  async getSession(user?: string, password?: string | Secret): Promise<ReservedSession> {
    if (user === undefined && password === undefined) {
      return {
        dialect: this.dialect,
        query: (text, parameters, options) => this.query(text, parameters, options),
        execute: (text, parameters, options) => this.execute(text, parameters, options),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    }
    const secret = typeof password === "string" ? new Secret(password) : password;
    return await openDriver({
      ...await this.target(),
      ...(user === undefined ? {} : { username: user }),
      ...(secret === undefined ? {} : { password: secret }),
    }, { maxConnections: 1 });
  }

  /** Asks the database for an answer within 5 seconds. Never throws. */
  health(): Promise<DatabaseHealth> {
    return checkDatabaseHealth(this);
  }

  /**
   * Gives where the database is, without connecting to it.
   *
   * @throws ConfigurationError when the configuration does not say, or the embedded server does
   * not run.
   */
  target(): Promise<ConnectionTarget> {
    this.#target ??= this.#resolveTarget().catch((error) => {
      this.#target = undefined;
      throw error;
    });
    return this.#target;
  }

  /** Lets running queries end for `timeoutMs` (default 5 seconds), then ends every connection. */
  async close(options?: { timeoutMs?: number }): Promise<void> {
    const driver = await this.#driver?.catch(() => undefined);
    await driver?.close(options);
  }

  /** Closes with the default deadline. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #readSettings(): DatabaseSettings {
    const { target, config, notice } = this.#options;
    if (this.#settings !== undefined) return this.#settings;
    this.#settings = target === undefined
      ? databaseSettings(config ?? new ConfigManager(), this.name)
      : { embedded: false, target, source: "target", warnings: [] };
    for (const warning of this.#settings.warnings) notice?.(warning);
    return this.#settings;
  }

  async #resolveTarget(): Promise<ConnectionTarget> {
    const settings = this.#readSettings();
    const target = settings.embedded ? await findEmbedded(settings.database) : settings.target;
    const applicationName = target.applicationName ?? this.#options.applicationName;
    const { sessionSettings } = this.#options;
    return {
      ...target,
      ...(applicationName === undefined ? {} : { applicationName }),
      ...(sessionSettings === undefined ? {} : { sessionSettings }),
    };
  }

  /** Uses at the same moment share one opening; after a failed one the next use tries again. */
  #openDriver(): Promise<DatabaseDriver> {
    this.#driver ??= this.#makeDriver().then(
      (driver) => this.#open = driver,
      (error) => {
        this.#driver = undefined;
        throw error;
      },
    );
    return this.#driver;
  }

  async #makeDriver(): Promise<DatabaseDriver> {
    const target = await this.target();
    const { maxConnections, connectSignal, notice } = this.#options;
    const driver = await openDriver(target, {
      connectSignal,
      ...(maxConnections === undefined ? {} : { maxConnections }),
    });
    if (!this.#readSettings().embedded) return driver;

    if (!this.#embeddedTold) {
      notice?.(`Using the embedded PostgreSQL for the database "${this.name}"`);
    }
    this.#embeddedTold = true;
    try {
      await driver.query("select 1").catch(async (error) => {
        if (!isUnknownDatabase(error)) throw error;
        await createDatabase(target);
      });
      return driver;
    } catch (error) {
      await driver.close();
      throw error;
    }
  }
}

async function findEmbedded(database: string): Promise<ConnectionTarget> {
  const { embeddedTarget } = await import("./embedded/mod.ts");
  return await embeddedTarget(database);
}

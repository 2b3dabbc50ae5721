/** Wrappers and decorators that let only our errors out (reference: requests). */

import { toDatabaseError } from "./to_database_error.ts";
import { toSftpError } from "./to_sftp_error.ts";

/**
 * Wraps a function, or decorates a method, so that what a database driver throws or rejects with
 * leaves it as {@link toDatabaseError} turns it. Arguments, `this` and results pass as they are,
 * and a function that is not asynchronous stays so.
 *
 * ```ts ignore
 * import { convertDatabaseErrors } from "./convert_errors.ts";
 *
 * class Store {
 *   @convertDatabaseErrors
 *   async count(): Promise<number> {
 *     return await Promise.resolve(1);
 *   }
 * }
 * const count = convertDatabaseErrors(() => new Store().count());
 * await count();
 * ```
 */
export function convertDatabaseErrors<This, Arguments extends unknown[], Result>(
  fn: (this: This, ...args: Arguments) => Result,
  _context?: ClassMethodDecoratorContext,
): (this: This, ...args: Arguments) => Result {
  return converting(fn, toDatabaseError);
}

/**
 * Wraps a function, or decorates a method, so that what ssh2 throws or rejects with leaves it as
 * {@link toSftpError} turns it. Otherwise as {@link convertDatabaseErrors}.
 */
export function convertSftpErrors<This, Arguments extends unknown[], Result>(
  fn: (this: This, ...args: Arguments) => Result,
  _context?: ClassMethodDecoratorContext,
): (this: This, ...args: Arguments) => Result {
  return converting(fn, toSftpError);
}

function converting<This, Arguments extends unknown[], Result>(
  fn: (this: This, ...args: Arguments) => Result,
  convert: (error: unknown) => Error,
): (this: This, ...args: Arguments) => Result {
  return function (this: This, ...args: Arguments): Result {
    const rethrow = (error: unknown): never => {
      throw convert(error);
    };
    try {
      const result = fn.apply(this, args);
      // A promise that settles as Result does: the type cannot say so for a Result not yet known.
      return result instanceof Promise ? result.catch(rethrow) as Result : result;
    } catch (error) {
      return rethrow(error);
    }
  };
}

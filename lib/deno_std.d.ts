/**
 * Types for the `@std/*` functions that opsdeck calls. The npm package `deno-std` carries the
 * standard library's code without types; with JSR in the import map this file can go.
 */

declare module "@std/assert" {
  export function assert(expr: unknown, msg?: string): asserts expr;
  export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;
  export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertObjectMatch(
    actual: Record<PropertyKey, unknown>,
    expected: Record<PropertyKey, unknown>,
    msg?: string,
  ): void;
  export function assertStrictEquals<T>(
    actual: unknown,
    expected: T,
    msg?: string,
  ): asserts actual is T;
  export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
  export function assertThrows<E extends Error = Error>(
    fn: () => unknown,
    errorClass: abstract new (...args: never[]) => E,
    msgIncludes?: string,
  ): E;
  export function assertRejects<E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    errorClass: abstract new (...args: never[]) => E,
    msgIncludes?: string,
  ): Promise<E>;
  export function fail(msg?: string): never;
}

declare module "@std/csv" {
  export function parse(
    input: string,
    options?: { separator?: string; trimLeadingSpace?: boolean; lazyQuotes?: boolean },
  ): string[][];
  export function stringify(
    data: readonly (readonly unknown[])[] | readonly Record<string, unknown>[],
    options?: { headers?: boolean; columns?: readonly string[]; bom?: boolean; crlf?: boolean },
  ): string;
}

declare module "@std/fmt/bytes" {
  export function format(bytes: number, options?: { binary?: boolean; bits?: boolean }): string;
}

declare module "@std/fmt/colors" {
  export function bold(str: string): string;
  export function cyan(str: string): string;
  export function dim(str: string): string;
  export function green(str: string): string;
  export function red(str: string): string;
  export function yellow(str: string): string;
  export function getColorEnabled(): boolean;
  export function setColorEnabled(value: boolean): void;
}

declare module "@std/html/entities" {
  export function escape(str: string): string;
}

declare module "@std/http/cookie" {
  export interface Cookie {
    name: string;
    value: string;
    domain?: string;
    path?: string;
  }
  export function getSetCookies(headers: Headers): Cookie[];
}

declare module "@std/path" {
  export function basename(path: string | URL, suffix?: string): string;
  export function dirname(path: string | URL): string;
  export function extname(path: string | URL): string;
  export function fromFileUrl(url: string | URL): string;
  export function isAbsolute(path: string): boolean;
  export function join(...paths: string[]): string;
  export function relative(from: string, to: string): string;
  export function resolve(...paths: string[]): string;
  export function toFileUrl(path: string): URL;
}

declare module "@std/path/is-glob" {
  export function isGlob(str: string): boolean;
}

declare module "@std/path/posix" {
  export function basename(path: string, suffix?: string): string;
  export function dirname(path: string): string;
  export function join(...paths: string[]): string;
  export function normalize(path: string): string;
  export function relative(from: string, to: string): string;
}

declare module "@std/path/posix/glob-to-regexp" {
  export function globToRegExp(
    glob: string,
    options?: { extended?: boolean; globstar?: boolean; caseInsensitive?: boolean },
  ): RegExp;
}

declare module "@std/streams/text-line-stream" {
  export class TextLineStream extends TransformStream<string, string> {
    constructor(options?: { allowCR?: boolean });
  }
}

declare module "@std/text/closest-string" {
  export function closestString(givenWord: string, possibleWords: readonly string[]): string;
}

declare module "@std/text/levenshtein-distance" {
  export function levenshteinDistance(a: string, b: string): number;
}

declare module "@std/toml/parse" {
  export function parse(text: string): Record<string, unknown>;
}

declare module "@std/yaml" {
  export function parseAll(content: string): unknown[];
}

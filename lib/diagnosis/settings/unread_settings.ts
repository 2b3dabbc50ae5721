/** Variables and entries of the configuration file that look like settings and that nothing reads. */

import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { type Environment, environments } from "../../core/mod.ts";

/** A setting that is read somewhere. */
export interface KnownSetting {
  /** Its key, spelled as in a variable. */
  key: string;
  /** The variables under which it is looked for. */
  variables: readonly string[];
  /** Whether a flow, a project or a profile may have its own. */
  isScoped: boolean;
  /** Whether `<variable>_FILE` may name a file that holds it. */
  isSecret: boolean;
}

/** A name that nothing reads. */
export interface UnreadSetting {
  /** As it is written: a variable, or `opsdeck.toml [table] key`. */
  name: string;
  /** What may have been meant; null when nothing is near. */
  suggestion: string | null;
}

/** An entry of the configuration file: the variable of the same meaning, and where it stands. */
export interface FileEntry {
  /** As the setting's environment variable is called. */
  variable: string;
  /** Where it stands. */
  source: string;
}

/** Variables of opsdeck itself, which are no settings of an environment. */
const ownVariables = ["ENVIRONMENT", "OPSDECK_CONFIG", "OPSDECK_HOME"];

/**
 * Lists what looks like a setting of an environment, or of opsdeck, and is none.
 *
 * Settings of the other environments are not looked at.
 */
export function findUnread(
  environment: Environment,
  known: readonly KnownSetting[],
  variables: readonly string[],
  entries: readonly FileEntry[],
): UnreadSetting[] {
  const prefix = `${environment.toUpperCase()}_`;
  const names = new KnownNames(prefix, known);
  const isOther = (name: string) =>
    environments.some((other) =>
      other !== environment && name.startsWith(`${other.toUpperCase()}_`)
    );

  const fromEnvironment = variables.flatMap((name): UnreadSetting[] => {
    if (isOther(name) || names.has(name)) return [];
    const suggestion = names.nearest(name) ?? null;
    // Other programs have variables of such beginnings too.
    const isOurs = name.startsWith(`${prefix}GLOBAL_`) || name.startsWith("OPSDECK_");
    return isOurs || suggestion !== null ? [{ name, suggestion }] : [];
  });
  const fromFile = entries.flatMap(({ variable, source }): UnreadSetting[] => {
    if (isOther(variable) || names.has(variable)) return [];
    const nearest = names.nearest(variable);
    const suggestion = nearest === undefined ? null : fileSpelling(nearest, prefix, known);
    return [{ name: source, suggestion }];
  });
  return [...fromEnvironment, ...fromFile];
}

class KnownNames {
  readonly #known: readonly KnownSetting[];
  readonly #exact: ReadonlySet<string>;
  readonly #scopedKeys: readonly string[];
  readonly #prefix: string;
  /** Scopes that are opsdeck's own, so that one like them is a mistake. */
  readonly #fixedScopes: readonly string[];

  constructor(prefix: string, known: readonly KnownSetting[]) {
    this.#prefix = prefix;
    this.#known = known;
    const withFile = ({ isSecret }: KnownSetting, name: string) =>
      isSecret ? [name, `${name}_FILE`] : [name];
    this.#exact = new Set([
      ...ownVariables,
      ...known.flatMap((one) => one.variables.flatMap((name) => withFile(one, name))),
    ]);
    this.#scopedKeys = known.filter((one) => one.isScoped)
      .flatMap((one) => withFile(one, one.key));
    const scoped = new Set(known.filter((one) => one.isScoped).map(({ key }) => key));
    // A database has a login of its own; a project's name may well be like the database's.
    const scopes = known.filter(({ key }) => !scoped.has(key)).flatMap(({ key, variables }) =>
      variables.map((name) => scopeOf(name, prefix, key)).filter((scope) => scope !== undefined)
    );
    this.#fixedScopes = [...new Set(scopes)];
  }

  has(name: string): boolean {
    if (this.#exact.has(name)) return true;
    return this.#scopedKeys.some((key) => {
      const scope = scopeOf(name, this.#prefix, key);
      return scope !== undefined && !this.#isSlip(scope);
    });
  }

  /** Gives the nearest name that is read, if it is near. */
  nearest(name: string): string | undefined {
    const plain = name.replace(/_FILE$/, "");
    if (plain !== name && this.has(plain)) return plain; // no secret
    return this.#withRightPrefix(name) ?? this.#withRightScope(name) ??
      this.#nearestSpelling(name);
  }

  /** The first word is the environment's with a slip, and the rest is read. */
  #withRightPrefix(name: string): string | undefined {
    const [first = "", ...rest] = wordsOf(name);
    const corrected = this.#prefix + rest.join("_");
    if (corrected === name || levenshteinDistance(`${first}_`, this.#prefix) > 2) return undefined;
    return this.has(corrected) ? corrected : undefined;
  }

  /** The key is right, but nothing looks for it there. */
  #withRightScope(name: string): string | undefined {
    if (!name.startsWith(this.#prefix)) return undefined;
    const rest = name.slice(this.#prefix.length);
    const match = this.#known.find(({ key }) => rest === key) ??
      this.#known.find(({ key, isScoped }) => !isScoped && rest.endsWith(`_${key}`));
    if (match === undefined) return undefined;
    return match.isScoped ? `${this.#prefix}GLOBAL_${match.key}` : match.variables[0];
  }

  #nearestSpelling(name: string): string | undefined {
    let best: { candidate: string; distance: number } | undefined;
    for (const candidate of this.#candidates(name)) {
      const distance = levenshteinDistance(name, candidate);
      const isNearer = distance < (best?.distance ?? Infinity);
      // People write the beginning of a name rightly, and the subject stands there.
      const isLikelier = best?.distance === distance &&
        sharedBeginning(name, candidate) > sharedBeginning(name, best.candidate);
      if (isNearer || isLikelier) best = { candidate, distance };
    }
    if (best === undefined) return undefined;
    const limit = name.length < 12 ? 2 : Math.max(3, Math.floor(name.length / 8));
    return best.distance <= limit || isWithoutAWord(name, best.candidate)
      ? best.candidate
      : undefined;
  }

  #candidates(name: string): string[] {
    const candidates = [...this.#exact];
    if (!name.startsWith(this.#prefix)) return candidates;
    const words = wordsOf(name.slice(this.#prefix.length));
    const scopes = words.slice(0, -1).map((_, index) => words.slice(0, index + 1).join("_"));
    for (const scope of scopes.filter((scope) => !this.#isSlip(scope))) {
      for (const key of this.#scopedKeys) candidates.push(`${this.#prefix}${scope}_${key}`);
    }
    return candidates;
  }

  /** Whether a scope is one of opsdeck's own with a slip, or with more words behind it. */
  #isSlip(scope: string): boolean {
    return this.#fixedScopes.some((fixed) =>
      scope.startsWith(`${fixed}_`) ||
      (scope !== fixed && Math.abs(scope.length - fixed.length) <= 2 &&
        levenshteinDistance(scope, fixed) <= 2)
    );
  }
}

function sharedBeginning(name: string, candidate: string): number {
  let length = 0;
  while (length < name.length && name[length] === candidate[length]) length++;
  return length;
}

/** A word is forgotten as easily as a letter is mistaken. */
function isWithoutAWord(name: string, candidate: string): boolean {
  const [words, wanted] = [wordsOf(name), wordsOf(candidate)];
  return words.length > 1 && wanted.length === words.length + 1 &&
    words.every((word) => wanted.includes(word));
}

function wordsOf(name: string): string[] {
  return name.split("_");
}

function scopeOf(name: string, prefix: string, key: string): string | undefined {
  if (!name.startsWith(prefix) || !name.endsWith(`_${key}`)) return undefined;
  const scope = name.slice(prefix.length, -key.length - 1);
  return scope === "" ? undefined : scope;
}

/** Writes a variable as the configuration file has it: `[development.global] sftp_host`. */
function fileSpelling(variable: string, prefix: string, known: readonly KnownSetting[]): string {
  const keys = known.map(({ key }) => key).filter((key) => variable.endsWith(`_${key}`));
  const key = keys.reduce((longest, one) => one.length > longest.length ? one : longest, "");
  if (key === "") return variable;
  const scope = variable.slice(0, -key.length - 1);
  const table = scope.startsWith(prefix)
    ? `${prefix.slice(0, -1)}.${scope.slice(prefix.length)}`
    : scope;
  return `[${table.toLowerCase()}] ${key.toLowerCase()}`;
}

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { FileOperationError, ValidationError } from "../../../lib/core/mod.ts";
import { writeFileAtomic } from "../../../lib/core/durable_files/mod.ts";
import { ChildProgram, temporaryFolder } from "./child_process.ts";

Deno.test("writeFileAtomic() creates and replaces text and bytes", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.csv");

  await writeFileAtomic(path, "grün");
  const created = await Deno.readTextFile(path);
  await writeFileAtomic(path, new Uint8Array([1, 2]));

  assertEquals(created, "grün");
  assertEquals(await Deno.readFile(path), new Uint8Array([1, 2]));
  assertEquals(namesIn(folder.path), ["a.csv"]);
});

Deno.test("writeFileAtomic() keeps the mode of the file, and sets the one it is given", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "secret");
  await Deno.writeTextFile(path, "old");
  await Deno.chmod(path, 0o640);

  await writeFileAtomic(path, "kept");
  const kept = (await Deno.stat(path)).mode;
  await writeFileAtomic(path, "set", { mode: 0o600 });
  const set = (await Deno.stat(path)).mode;
  await writeFileAtomic(join(folder.path, "new"), "set", { mode: 0o604 });
  const created = (await Deno.stat(join(folder.path, "new"))).mode;

  assertEquals([kept, set, created].map((mode) => (mode ?? 0) & 0o7777), [0o640, 0o600, 0o604]);
});

Deno.test({
  name: "writeFileAtomic() keeps the owner of the file",
  ignore: Deno.uid() !== 0, // only root may give a file away
  fn: async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a.csv");
    await Deno.writeTextFile(path, "old");
    await Deno.chown(path, 65534, 65534);

    await writeFileAtomic(path, "new");

    const { uid, gid } = await Deno.stat(path);
    assertEquals([uid, gid], [65534, 65534]);
  },
});

Deno.test("writeFileAtomic() replaces what a symbolic link leads to, not the link", async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, "target");
  const link = join(folder.path, "link");
  await Deno.writeTextFile(target, "old");
  await Deno.symlink("target", link);

  await writeFileAtomic(link, "new");

  assert((await Deno.lstat(link)).isSymlink);
  assertEquals(await Deno.readTextFile(target), "new");
});

Deno.test("writeFileAtomic() creates what a symbolic link leads to, over other links too", async () => {
  await using folder = await temporaryFolder();
  const at = (...names: string[]) => join(folder.path, ...names);
  for (const name of ["disk/data", "disk/real"]) await Deno.mkdir(at(name), { recursive: true });
  await Deno.symlink("disk/data", at("data"));
  await Deno.symlink("second", at("data", "first"));
  await Deno.symlink("../real/new", at("data", "second"));
  await Deno.symlink(at("absent", "new"), at("nowhere"));
  await Deno.symlink("round", at("round"));

  await writeFileAtomic(at("data", "first"), "new");
  const nowhere = await assertRejects(
    () => writeFileAtomic(at("nowhere"), "x"),
    FileOperationError,
  );
  await assertRejects(() => writeFileAtomic(at("round"), "x"), FileOperationError, "round");

  assertEquals(await Deno.readTextFile(at("disk", "real", "new")), "new");
  assertEquals(nowhere.code, "ENOENT");
  for (const link of [["data", "first"], ["data", "second"], ["nowhere"], ["round"]]) {
    assert((await Deno.lstat(at(...link))).isSymlink, link.join("/"));
  }
});

Deno.test("writeFileAtomic() takes effect in the order of its calls", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a");

  await Promise.all(Array.from({ length: 50 }, (_, i) => writeFileAtomic(path, `${i}`)));

  assertEquals(await Deno.readTextFile(path), "49");
  assertEquals(namesIn(folder.path), ["a"]);
});

Deno.test("writeFileAtomic() writes a file whose name is as long as a name can be", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "é".repeat(127));

  await writeFileAtomic(path, "long");

  assertEquals(await Deno.readTextFile(path), "long");
  assertEquals(namesIn(folder.path).length, 1);
});

Deno.test("writeFileAtomic() says what failed and what to do, and leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(join(folder.path, "folder"));
  const missing = join(folder.path, "none", "a");

  const absent = await assertRejects(() => writeFileAtomic(missing, "x"), FileOperationError);
  const aFolder = await assertRejects(
    () => writeFileAtomic(join(folder.path, "folder"), "x"),
    FileOperationError,
  );
  await assertRejects(() => writeFileAtomic("/dev/null", "x"), FileOperationError, "regular file");

  assertEquals(absent.code, "ENOENT");
  assertEquals(
    absent.message,
    `Cannot write '${missing}' as No such file or directory; check that the path exists`,
  );
  assertEquals(aFolder.code, "NOT_A_FILE");
  assertEquals(namesIn(folder.path), ["folder"]);
});

Deno.test("writeFileAtomic() leaves the old file when the disk is full", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a");
  await Deno.writeTextFile(path, "old");

  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `trap '' XFSZ; ulimit -f 8; exec "$0" run -q -A --no-lock "$1" "$2"`,
      Deno.execPath(),
      import.meta.resolve("./write_forever.ts"),
      path,
    ],
  }).output();

  assertEquals([code, stdout.length], [1, 0]);
  assertStringIncludes(new TextDecoder().decode(stderr), `Cannot write '${path}' as`);
  assertEquals(await Deno.readTextFile(path), "old");
  assertEquals(namesIn(folder.path), ["a"]);
});

Deno.test("writeFileAtomic() leaves the old file or the new one when killed in the middle", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a");

  let torn = 0;
  for (let round = 0; round < 12; round++) {
    await using program = new ChildProgram("write_forever.ts", [path]);
    await program.nextLine();
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
    await program.kill();

    const text = await Deno.readTextFile(path);
    assertEquals(text.length, 1_000_000);
    assert(/^(a+|b+)$/.test(text), "a mixture of two writes");
    torn += namesIn(folder.path).length - 1;
    assert(namesIn(folder.path).length <= 2, "temporary files pile up");
  }
  await writeFileAtomic(path, "after");

  assertEquals(namesIn(folder.path), ["a"], `${torn} were left behind`);
});

Deno.test("writeFileAtomic() lets writers in several processes write at once", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a");
  await using one = new ChildProgram("write_forever.ts", [path]);
  await using two = new ChildProgram("write_forever.ts", [path]);

  for (let round = 0; round < 40; round++) {
    await Promise.all([one.nextLine(), two.nextLine()]);
    assert(/^(a+|b+)$/.test(await Deno.readTextFile(path)), "a mixture of two writes");
  }
  const rounds = Number(await one.nextLine());

  assert(rounds >= 40, "a writer failed");
});

Deno.test("writeFileAtomic() writes parts in order, also where a buffer is used again", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "parts");
  async function* parts() {
    const buffer = new Uint8Array(3);
    for (let part = 0; part < 100; part++) {
      await Promise.resolve();
      buffer.set(new TextEncoder().encode(`${part}`.padStart(3)));
      yield buffer;
    }
  }

  await writeFileAtomic(path, parts());

  const numbers = Array.from({ length: 100 }, (_, part) => `${part}`.padStart(3));
  assertEquals(await Deno.readTextFile(path), numbers.join(""));
});

Deno.test("writeFileAtomic() leaves the file as it was when its parts or beforeReplace fail", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "kept");
  await Deno.writeTextFile(path, "old");
  async function* failing() {
    yield new Uint8Array(10);
    await Promise.reject(new ValidationError("no more"));
  }
  const beforeReplace = () => {
    throw new ValidationError("not now");
  };

  await assertRejects(() => writeFileAtomic(path, failing()), ValidationError, "no more");
  await assertRejects(
    () => writeFileAtomic(path, "new", { beforeReplace }),
    ValidationError,
    "not now",
  );

  assertEquals(await Deno.readTextFile(path), "old");
  assertEquals(namesIn(folder.path), ["kept"]);
});

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

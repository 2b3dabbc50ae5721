import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { createCipheriv, createHash } from "node:crypto";
import { join } from "@std/path";
import fc from "fast-check";
import { sourceSha256 } from "../../lib/sftp/connection/cipher/chacha20_poly1305_wasm.ts";
import { PacketReader } from "../../lib/sftp/connection/cipher/packet_reader.ts";
import { PacketWriter } from "../../lib/sftp/connection/cipher/packet_writer.ts";
import { downloadFile, uploadFile } from "../../lib/sftp/mod.ts";
import { opensshServer } from "../support/openssh_server.ts";
import { connectTo } from "../support/sftp_connection.ts";
import { needs } from "../support/sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { randomBytes } from "./transfer_fixtures.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const keys = fc.oneof(bytes(64), fc.constantFrom(new Uint8Array(64), new Uint8Array(64).fill(255)));
const payloads = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 700 }),
  fc.tuple(fc.integer({ min: 1, max: 34_000 }), fc.constantFrom(0, 94, 255)).map(([length, byte]) =>
    new Uint8Array(length).fill(byte)
  ),
  fc.tuple(fc.integer({ min: 1, max: 34_000 }), fc.nat()).map(([length, seed]) =>
    randomBytes(length, seed)
  ),
);
const sequences = fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1), fc.nat({ max: 2 ** 32 - 1 }));

Deno.test("PacketWriter encrypts as chacha20-poly1305@openssh.com says", () => {
  fc.assert(fc.property(keys, sequences, payloads, (key, sequence, payload) => {
    const { sealed, plain } = seal(key, sequence, payload);

    const main = key.subarray(0, 32);
    const expected = Buffer.concat([
      chacha20(key.subarray(32), sequence, 0, plain.subarray(0, 4)),
      chacha20(main, sequence, 1, plain.subarray(4)),
    ]);
    const polyKey = chacha20(main, sequence, 0, new Uint8Array(32));
    assertEquals(plain.length % 8, 4);
    assertEquals(plain.readUInt32BE(0), plain.length - 4);
    assert((plain[4] ?? 0) >= 4);
    assert(plain.subarray(5, 5 + payload.length).equals(payload));
    assert(sealed.equals(Buffer.concat([expected, poly1305(polyKey, expected)])));
  }));
});

Deno.test("PacketReader gives the payloads however the bytes are cut into pieces", () => {
  fc.assert(fc.property(
    keys,
    sequences,
    fc.array(payloads, { minLength: 1, maxLength: 4 }),
    fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 8 }),
    (key, sequence, sent, cuts) => {
      const stream = Buffer.concat(
        sent.map((payload, at) => seal(key, (sequence + at) >>> 0, payload).sealed),
      );
      const got: Buffer[] = [];
      const reader = new PacketReader(key, sequence, (payload) => {
        got.push(Buffer.from(payload));
        return undefined;
      });

      for (let at = 0; at < stream.length;) {
        const end = Math.min(stream.length, at + (cuts.shift() ?? stream.length));
        assertEquals(reader.decrypt(stream, at, end), undefined);
        at = end;
      }

      assertEquals(got.length, sent.length);
      assert(got.every((payload, at) => payload.equals(sent[at] ?? new Uint8Array())));
      assertEquals(reader.inSeqno, (sequence + sent.length) >>> 0);
    },
  ));
});

Deno.test("PacketReader refuses a packet of which one bit was changed", () => {
  fc.assert(fc.property(keys, sequences, payloads, fc.nat(), (key, sequence, payload, at) => {
    const { sealed } = seal(key, sequence, payload);
    const changed = at % sealed.length;
    sealed[changed] = (sealed[changed] ?? 0) ^ (1 << (at % 8));
    let payloads = 0;
    const reader = new PacketReader(key, sequence, () => {
      payloads++;
      return undefined;
    });

    try {
      // A changed length may ask for more than is there; then nothing comes out of it either.
      reader.decrypt(sealed, 0, sealed.length);
      assert(changed < 4);
    } catch (error) {
      assert(error instanceof Error && /Invalid MAC|Bad packet length/.test(error.message));
    }
    assertEquals(payloads, 0);
  }));
});

Deno.test("PacketReader stops where the library wants to go on by itself", () => {
  const key = randomBytes(64, 1);
  const first = seal(key, 0, new Uint8Array([21])).sealed; // NEWKEYS: other keys follow
  const stream = Buffer.concat([first, randomBytes(100, 2)]);
  const reader = new PacketReader(key, 0, () => false);

  assertEquals(reader.decrypt(stream, 0, stream.length), first.length);
  assertThrows(() => reader.decrypt(stream, first.length, stream.length), Error);
});

Deno.test("PacketWriter does not mix up packets that are made at the same time", () => {
  const key = randomBytes(64, 1);
  const sent: Buffer[] = [];
  const writer = new PacketWriter(key, 0, (data) => sent.push(Buffer.from(data)));
  const [one, two] = [writer.allocPacket(100), writer.allocPacket(200)];
  one.fill(1, 5, 105);
  two.fill(2, 5, 205);

  writer.encrypt(one);
  writer.encrypt(two);
  writer.free();
  writer.encrypt(writer.allocPacket(10));

  const got: number[][] = [];
  const reader = new PacketReader(key, 0, (payload) => {
    got.push([payload.length, payload[0] ?? 0, payload.at(-1) ?? 0]);
    return undefined;
  });
  for (const data of sent) reader.decrypt(data, 0, data.length);
  assertEquals(got, [[100, 1, 1], [200, 2, 2]]);
});

Deno.test("the cipher in use was built from the source beside it", async () => {
  const source = await Deno.readFile(
    join(
      import.meta.dirname ?? "",
      "../../lib/sftp/connection/cipher/assembly/chacha20_poly1305.ts",
    ),
  );

  // Otherwise: deno task build:cipher
  assertEquals(sourceSha256, createHash("sha256").update(source).digest("hex"));
});

Deno.test("transfers go on while the keys are changed", needs("openssh"), async () => {
  await using server = await opensshServer({ settings: ["RekeyLimit 1M"] });
  await using local = await temporaryFolder("rekey");
  await using connection = await connectTo(server);
  const source = join(local.path, "source");
  await Deno.writeFile(source, randomBytes(12_000_000, 1));

  await uploadFile(connection, source, server.remotePath("file"), { verify: true });
  const { sha256 } = await downloadFile(connection, server.remotePath("file"), `${source}.back`, {
    sha256: true,
  });

  assertEquals(sha256, createHash("sha256").update(await Deno.readFile(source)).digest("hex"));
});

const ciphers = ["aes128-ctr", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"];
for (const cipher of ciphers) {
  Deno.test(`transfers work with a server that has ${cipher} only`, needs("openssh"), async () => {
    await using server = await opensshServer({ settings: [`Ciphers ${cipher}`] });
    await using local = await temporaryFolder("ciphers");
    await using connection = await connectTo(server);
    const source = join(local.path, "source");
    await Deno.writeFile(source, randomBytes(1_000_000, 1));

    await uploadFile(connection, source, server.remotePath("file"));
    await downloadFile(connection, server.remotePath("file"), `${source}.back`);

    assert(Buffer.from(await Deno.readFile(source)).equals(await Deno.readFile(`${source}.back`)));
  });
}

function seal(key: Uint8Array, sequence: number, payload: Uint8Array) {
  let sealed = Buffer.alloc(0);
  const writer = new PacketWriter(key, sequence, (data) => {
    sealed = Buffer.from(data);
  });
  const packet = writer.allocPacket(payload.length);
  packet.set(payload, 5);
  const plain = Buffer.from(packet);
  writer.encrypt(packet);
  return { sealed, plain };
}

function chacha20(key: Uint8Array, sequence: number, counter: number, data: Uint8Array): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32LE(counter, 0);
  iv.writeUInt32BE(sequence, 12);
  const cipher = createCipheriv("chacha20", key, iv);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

/** RFC 8439 §2.5, as it stands there. */
function poly1305(key: Uint8Array, message: Uint8Array): Buffer {
  const prime = (1n << 130n) - 5n;
  const r = littleEndian(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const part = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(part) + (1n << BigInt(8 * part.length))) * r) % prime;
  }
  sum += littleEndian(key.subarray(16));
  return Buffer.from(Array.from({ length: 16 }, (_, at) => Number((sum >> BigInt(8 * at)) & 255n)));
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
// @ts-types="@types/ssh2"
import type { SFTPWrapper } from "ssh2";
import fc from "fast-check";
import { isSendingSide } from "../../lib/sftp/connection/channel_inside.ts";
import { PacketReader } from "../../lib/sftp/connection/cipher/packet_reader.ts";
import { PacketWriter } from "../../lib/sftp/connection/cipher/packet_writer.ts";
import { receiveDirectly, writeDirectly } from "../../lib/sftp/connection/direct_data.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { connectTo } from "../support/sftp_connection.ts";

interface Answer {
  type: number;
  id: number;
  data: Uint8Array;
  /** Whether a read waits for it, into a buffer that is larger than the data. */
  isAwaited: boolean;
}

const answers = fc.array(
  fc.record({
    type: fc.constantFrom(101, 102, 103, 103, 103, 104, 105),
    data: fc.uint8Array({ maxLength: 40 }),
    isAwaited: fc.boolean(),
  }),
  { maxLength: 10 },
).map((list): Answer[] => list.map((answer, id) => ({ ...answer, id })));

Deno.test("receiveDirectly() fills the buffers of reads and passes on all else, however it is cut", () => {
  fc.assert(fc.property(answers, fc.array(fc.integer({ min: 1, max: 60 })), (answers, cuts) => {
    const passed: Buffer[] = [];
    const events: string[] = [];
    const requests: Record<number, unknown> = {};
    const buffers = new Map<number, Buffer>();
    for (const { id, type, isAwaited } of answers) {
      if (type !== 103 || !isAwaited) continue;
      const buffer = Buffer.alloc(50);
      buffers.set(id, buffer);
      const cb = (_: unknown, given: Buffer, count: number) => {
        assert(given === buffer);
        events.push(`${id}:${count}`);
      };
      requests[id] = { buffer, cb };
    }
    const channel = {
      push: (data: Buffer) => passed.push(Buffer.from(data)),
      _requests: requests,
    };
    receiveDirectly(channel as unknown as SFTPWrapper);
    const stream = Buffer.concat(answers.map(message));

    for (let at = 0; at < stream.length;) {
      const end = Math.min(stream.length, at + (cuts.shift() ?? stream.length));
      const lent = Buffer.from(stream.subarray(at, end));
      channel.push(lent);
      lent.fill(0xee); // the next packet comes to the same place
      at = end;
    }

    const direct = answers.filter(({ id }) => buffers.has(id));
    assertEquals(events, direct.map(({ id, data }) => `${id}:${data.length}`));
    for (const { id, data } of direct) {
      assert(buffers.get(id)?.subarray(0, data.length).equals(data));
    }
    const others = answers.filter(({ id }) => !buffers.has(id)).map(message);
    assert(Buffer.concat(passed).equals(Buffer.concat(others)));
    assertEquals(Object.keys(requests), []);
  }));
});

Deno.test("receiveDirectly() leaves an answer that is too long for its buffer to the library", () => {
  const passed: Buffer[] = [];
  const request = { buffer: Buffer.alloc(3), cb: () => assert(false) };
  const channel = {
    push: (data: Buffer) => passed.push(Buffer.from(data)),
    _requests: { 7: request },
  };
  receiveDirectly(channel as unknown as SFTPWrapper);
  const lying = message({ type: 103, id: 7, data: new Uint8Array(4), isAwaited: true });

  channel.push(lying);

  assert(Buffer.concat(passed).equals(lying));
});

Deno.test("writeDirectly() sends what the protocol says, in packets of the channel's size", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 1, maxLength: 500 }),
    fc.maxSafeNat(),
    (bytes, position) => {
      const sent: Buffer[] = [];
      const channel = fakeChannel(sent, 10_000);
      const handle = Buffer.from("handle");

      const isSent = writeDirectly(channel, handle, Buffer.from(bytes), position, () => {});

      assert(isSent);
      assert(sent.every((packet) => packet.length <= 100));
      const all = Buffer.concat(sent);
      assertEquals(all.readUInt32BE(0), all.length - 4);
      assertEquals([all[4], all.readUInt32BE(5)], [6, 42]);
      assertEquals(all.subarray(13, 19).toString(), "handle");
      assertEquals(all.readBigUInt64BE(19), BigInt(position));
      assertEquals(all.readUInt32BE(27), bytes.length);
      assert(all.subarray(31).equals(bytes));
    },
  ));
  assertEquals(
    writeDirectly(fakeChannel([], 100), Buffer.from("handle"), Buffer.alloc(90), 0, () => {}),
    false,
  );
});

Deno.test("receiveDirectly() and writeDirectly() leave all to a library that they do not know", () => {
  const push = () => true;
  for (const channel of [{ push }, { _requests: {} }, { push, _requests: undefined }]) {
    const before = { ...channel };
    receiveDirectly(channel as unknown as SFTPWrapper);
    assertEquals({ ...channel }, before);
  }
  const whole = { ...fakeChannel([], 10_000) };
  const missing = Object.keys(whole).map((name) => ({ ...whole, [name]: undefined }));
  const { outgoing } = Object(whole);
  for (const name of Object.keys(outgoing)) {
    missing.push({ ...whole, ...{ outgoing: { ...outgoing, [name]: undefined } } });
  }
  for (const channel of missing) {
    assertEquals(writeDirectly(channel, Buffer.from("h"), Buffer.alloc(9), 0, () => {}), false);
  }
  assertEquals(writeDirectly(whole, Buffer.from("h"), Buffer.alloc(9), 0, () => {}), true);
});

Deno.test("the installed npm:ssh2 is the one whose inside is known", async () => {
  await using server = await embeddedSftpServer();
  await using connection = await connectTo(server);
  let isReceiving = false;
  let isSending = false;
  let ciphers: unknown[] = [];

  await connection.call<void>("look at", "/", (sftp, done) => {
    isReceiving = Object.hasOwn(sftp, "push");
    isSending = isSendingSide(sftp);
    const { _cipher, _decipher } = Object(sftp)._protocol;
    ciphers = [_cipher, _decipher];
    done(undefined);
  });

  assertEquals([isReceiving, isSending], [true, true]);
  assert(ciphers[0] instanceof PacketWriter && ciphers[1] instanceof PacketReader);
});

function fakeChannel(sent: Buffer[], window: number): SFTPWrapper {
  return {
    outgoing: { id: 1, state: "open", window, packetSize: 100 },
    _requests: {},
    _writeReqid: 41,
    _buffer: [],
    _maxWriteLen: 1000,
    _protocol: { channelData: (_: number, data: Buffer) => sent.push(Buffer.from(data)) },
  } as unknown as SFTPWrapper;
}

function message({ type, id, data }: Answer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(9 + data.length, 0);
  header[4] = type;
  header.writeUInt32BE(id, 5);
  header.writeUInt32BE(data.length, 9);
  return Buffer.concat([header, data]);
}

// chacha20-poly1305@openssh.com (PROTOCOL.chacha20poly1305 of OpenSSH) for one direction of one
// connection. AssemblyScript, built by `deno task build:cipher` into ../chacha20_poly1305_wasm.ts.
//
// The caller puts the two keys at `keys` and a packet at `packet`: four bytes of length, the rest,
// and room for 16 bytes of tag. Everything happens in place. There are no branches and no memory
// accesses that depend on a key or on what is encrypted.

/** Where the keys are: 32 bytes for what is in the packet, then 32 for its length. */
export const keys: i32 = 1024;
/** Where the packet is. SSH packets have at most 35000 bytes (RFC 4253 section 6.1). */
export const packet: i32 = 4096;

const polyKey: i32 = 1152;
const block: i32 = 1280; // one block of key stream
const tag: i32 = 1408;
const lastBlock: i32 = 1440;
const tagBytes: i32 = 16;

// ---- ChaCha20 (RFC 8439 section 2.3, with the original's 64-bit nonce) ----

// @ts-ignore: decorator
@inline function rotate16(x: v128): v128 {
  return i8x16.shuffle(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}
// @ts-ignore: decorator
@inline function rotate8(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);
}
// @ts-ignore: decorator
@inline function rotate12(x: v128): v128 {
  return v128.or(i32x4.shl(x, 12), i32x4.shr_u(x, 20));
}
// @ts-ignore: decorator
@inline function rotate7(x: v128): v128 {
  return v128.or(i32x4.shl(x, 7), i32x4.shr_u(x, 25));
}
// @ts-ignore: decorator
@inline function xorAt(at: i32, stream: v128): void {
  v128.store(at, v128.xor(v128.load(at), stream));
}

/** Four blocks at once, one in each lane: 256 bytes at `at` are xored with the key stream. */
function xorFourBlocks(at: i32, key: i32, counter: u32, nonce: u32): void {
  const c0 = i32x4.splat(0x61707865), c1 = i32x4.splat(0x3320646e);
  const c2 = i32x4.splat(0x79622d32), c3 = i32x4.splat(0x6b206574);
  const k0 = v128.load32_splat(key), k1 = v128.load32_splat(key + 4);
  const k2 = v128.load32_splat(key + 8), k3 = v128.load32_splat(key + 12);
  const k4 = v128.load32_splat(key + 16), k5 = v128.load32_splat(key + 20);
  const k6 = v128.load32_splat(key + 24), k7 = v128.load32_splat(key + 28);
  const n0 = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3)), n3 = i32x4.splat(bswap<u32>(nonce));
  let x0 = c0, x1 = c1, x2 = c2, x3 = c3, x4 = k0, x5 = k1, x6 = k2, x7 = k3;
  let x8 = k4, x9 = k5, x10 = k6, x11 = k7, x12 = n0, x13 = i32x4.splat(0), x14 = i32x4.splat(0), x15 = n3;
  for (let round = 0; round < 10; round++) {
    x0 = i32x4.add(x0, x4); x12 = rotate16(v128.xor(x12, x0));
    x1 = i32x4.add(x1, x5); x13 = rotate16(v128.xor(x13, x1));
    x2 = i32x4.add(x2, x6); x14 = rotate16(v128.xor(x14, x2));
    x3 = i32x4.add(x3, x7); x15 = rotate16(v128.xor(x15, x3));
    x8 = i32x4.add(x8, x12); x4 = rotate12(v128.xor(x4, x8));
    x9 = i32x4.add(x9, x13); x5 = rotate12(v128.xor(x5, x9));
    x10 = i32x4.add(x10, x14); x6 = rotate12(v128.xor(x6, x10));
    x11 = i32x4.add(x11, x15); x7 = rotate12(v128.xor(x7, x11));
    x0 = i32x4.add(x0, x4); x12 = rotate8(v128.xor(x12, x0));
    x1 = i32x4.add(x1, x5); x13 = rotate8(v128.xor(x13, x1));
    x2 = i32x4.add(x2, x6); x14 = rotate8(v128.xor(x14, x2));
    x3 = i32x4.add(x3, x7); x15 = rotate8(v128.xor(x15, x3));
    x8 = i32x4.add(x8, x12); x4 = rotate7(v128.xor(x4, x8));
    x9 = i32x4.add(x9, x13); x5 = rotate7(v128.xor(x5, x9));
    x10 = i32x4.add(x10, x14); x6 = rotate7(v128.xor(x6, x10));
    x11 = i32x4.add(x11, x15); x7 = rotate7(v128.xor(x7, x11));
    x0 = i32x4.add(x0, x5); x15 = rotate16(v128.xor(x15, x0));
    x1 = i32x4.add(x1, x6); x12 = rotate16(v128.xor(x12, x1));
    x2 = i32x4.add(x2, x7); x13 = rotate16(v128.xor(x13, x2));
    x3 = i32x4.add(x3, x4); x14 = rotate16(v128.xor(x14, x3));
    x10 = i32x4.add(x10, x15); x5 = rotate12(v128.xor(x5, x10));
    x11 = i32x4.add(x11, x12); x6 = rotate12(v128.xor(x6, x11));
    x8 = i32x4.add(x8, x13); x7 = rotate12(v128.xor(x7, x8));
    x9 = i32x4.add(x9, x14); x4 = rotate12(v128.xor(x4, x9));
    x0 = i32x4.add(x0, x5); x15 = rotate8(v128.xor(x15, x0));
    x1 = i32x4.add(x1, x6); x12 = rotate8(v128.xor(x12, x1));
    x2 = i32x4.add(x2, x7); x13 = rotate8(v128.xor(x13, x2));
    x3 = i32x4.add(x3, x4); x14 = rotate8(v128.xor(x14, x3));
    x10 = i32x4.add(x10, x15); x5 = rotate7(v128.xor(x5, x10));
    x11 = i32x4.add(x11, x12); x6 = rotate7(v128.xor(x6, x11));
    x8 = i32x4.add(x8, x13); x7 = rotate7(v128.xor(x7, x8));
    x9 = i32x4.add(x9, x14); x4 = rotate7(v128.xor(x4, x9));
  }
  x0 = i32x4.add(x0, c0); x1 = i32x4.add(x1, c1); x2 = i32x4.add(x2, c2); x3 = i32x4.add(x3, c3);
  transposeAndXor(at, x0, x1, x2, x3);
  x4 = i32x4.add(x4, k0); x5 = i32x4.add(x5, k1); x6 = i32x4.add(x6, k2); x7 = i32x4.add(x7, k3);
  transposeAndXor(at + 16, x4, x5, x6, x7);
  x8 = i32x4.add(x8, k4); x9 = i32x4.add(x9, k5); x10 = i32x4.add(x10, k6); x11 = i32x4.add(x11, k7);
  transposeAndXor(at + 32, x8, x9, x10, x11);
  x12 = i32x4.add(x12, n0); x15 = i32x4.add(x15, n3);
  transposeAndXor(at + 48, x12, x13, x14, x15);
}

// Four words of four blocks: word by word in, block by block out.
// @ts-ignore: decorator
@inline function transposeAndXor(at: i32, a: v128, b: v128, c: v128, d: v128): void {
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5), AB = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5), CD = i32x4.shuffle(c, d, 2, 6, 3, 7);
  xorAt(at, i64x2.shuffle(ab, cd, 0, 2));
  xorAt(at + 64, i64x2.shuffle(ab, cd, 1, 3));
  xorAt(at + 128, i64x2.shuffle(AB, CD, 0, 2));
  xorAt(at + 192, i64x2.shuffle(AB, CD, 1, 3));
}

/** Encrypts or decrypts what is at `at`. */
function xorStream(at: i32, length: i32, key: i32, counter: u32, nonce: u32): void {
  const whole = length & ~255;
  for (let done = 0; done < whole; done += 256) {
    xorFourBlocks(at + done, key, counter + (done >>> 6), nonce);
  }
  const rest = length - whole;
  if (rest == 0) return;
  memory.fill(block, 0, 256);
  memory.copy(block, at + whole, rest);
  xorFourBlocks(block, key, counter + (whole >>> 6), nonce);
  memory.copy(at + whole, block, rest);
}

// ---- Poly1305 (RFC 8439 section 2.5), five limbs of 26 bits ----

const mask: i64 = 0x3ffffff;

let r0: u64 = 0, r1: u64 = 0, r2: u64 = 0, r3: u64 = 0, r4: u64 = 0;
let h0: u64 = 0, h1: u64 = 0, h2: u64 = 0, h3: u64 = 0, h4: u64 = 0;

function clampKey(): void {
  r0 = load<u32>(polyKey) & 0x3ffffff;
  r1 = (load<u32>(polyKey + 3) >>> 2) & 0x3ffff03;
  r2 = (load<u32>(polyKey + 6) >>> 4) & 0x3ffc0ff;
  r3 = (load<u32>(polyKey + 9) >>> 6) & 0x3f03fff;
  r4 = (load<u32>(polyKey + 12) >>> 8) & 0x00fffff;
  h0 = 0; h1 = 0; h2 = 0; h3 = 0; h4 = 0;
}

/** h = h times a, modulo 2^130 - 5. */
function multiply(a0: u64, a1: u64, a2: u64, a3: u64, a4: u64): void {
  const s1 = a1 * 5, s2 = a2 * 5, s3 = a3 * 5, s4 = a4 * 5;
  const d0 = h0 * a0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1;
  let d1 = h0 * a1 + h1 * a0 + h2 * s4 + h3 * s3 + h4 * s2;
  let d2 = h0 * a2 + h1 * a1 + h2 * a0 + h3 * s4 + h4 * s3;
  let d3 = h0 * a3 + h1 * a2 + h2 * a1 + h3 * a0 + h4 * s4;
  let d4 = h0 * a4 + h1 * a3 + h2 * a2 + h3 * a1 + h4 * a0;
  d1 += d0 >>> 26; h0 = d0 & mask;
  d2 += d1 >>> 26; h1 = d1 & mask;
  d3 += d2 >>> 26; h2 = d2 & mask;
  d4 += d3 >>> 26; h3 = d3 & mask;
  h0 += (d4 >>> 26) * 5; h4 = d4 & mask;
  h1 += h0 >>> 26; h0 &= mask;
}

function addBlock(at: i32, high: u64): void {
  h0 += load<u32>(at) & 0x3ffffff;
  h1 += (load<u32>(at + 3) >>> 2) & 0x3ffffff;
  h2 += (load<u32>(at + 6) >>> 4) & 0x3ffffff;
  h3 += load<u32>(at + 9) >>> 6;
  h4 += (load<u32>(at + 12) >>> 8) | high;
  multiply(r0, r1, r2, r3, r4);
}

// @ts-ignore: decorator
@inline function limbPair(at: i32): v128 {
  return v128.load32_lane(at + 16, v128.load32_zero(at), 1);
}
// The low halves of two 64-bit lanes, as the first two 32-bit lanes.
// @ts-ignore: decorator
@inline function narrow(x: v128): v128 {
  return i32x4.shuffle(x, x, 0, 2, 0, 2);
}
// @ts-ignore: decorator
@inline function times(a: v128, b: v128): v128 {
  return i64x2.extmul_low_i32x4_u(a, b);
}
// @ts-ignore: decorator
@inline function sum5(a: v128, b: v128, c: v128, d: v128, e: v128): v128 {
  return i64x2.add(i64x2.add(i64x2.add(a, b), i64x2.add(c, d)), e);
}
// @ts-ignore: decorator
@inline function lanes(x: u64, y: u64): v128 {
  return i32x4(x as i32, y as i32, 0, 0);
}

/** Takes pairs of blocks: those at even places in one lane, those at odd places in the other. */
function addPairs(at: i32, pairs: i32): void {
  const q0 = r0, q1 = r1, q2 = r2, q3 = r3, q4 = r4;
  const was0 = h0, was1 = h1, was2 = h2, was3 = h3, was4 = h4;
  h0 = r0; h1 = r1; h2 = r2; h3 = r3; h4 = r4;
  multiply(r0, r1, r2, r3, r4);
  // Lane by lane r^2; in the last turn r^2 for the even blocks and r for the odd ones.
  let a0 = lanes(h0, h0), a1 = lanes(h1, h1), a2 = lanes(h2, h2), a3 = lanes(h3, h3), a4 = lanes(h4, h4);
  const z0 = lanes(h0, q0), z1 = lanes(h1, q1), z2 = lanes(h2, q2), z3 = lanes(h3, q3), z4 = lanes(h4, q4);
  const five = i32x4.splat(5), low26 = i32x4.splat(0x3ffffff), high = i32x4.splat(0x1000000);
  const long26 = i64x2.splat(mask);
  let s1 = i32x4.mul(a1, five), s2 = i32x4.mul(a2, five), s3 = i32x4.mul(a3, five), s4 = i32x4.mul(a4, five);
  let g0 = lanes(was0, 0), g1 = lanes(was1, 0), g2 = lanes(was2, 0), g3 = lanes(was3, 0), g4 = lanes(was4, 0);
  for (let left = pairs; left > 0; left--) {
    if (left == 1) {
      a0 = z0; a1 = z1; a2 = z2; a3 = z3; a4 = z4;
      s1 = i32x4.mul(a1, five); s2 = i32x4.mul(a2, five); s3 = i32x4.mul(a3, five); s4 = i32x4.mul(a4, five);
    }
    g0 = i32x4.add(g0, v128.and(limbPair(at), low26));
    g1 = i32x4.add(g1, v128.and(i32x4.shr_u(limbPair(at + 3), 2), low26));
    g2 = i32x4.add(g2, v128.and(i32x4.shr_u(limbPair(at + 6), 4), low26));
    g3 = i32x4.add(g3, i32x4.shr_u(limbPair(at + 9), 6));
    g4 = i32x4.add(g4, v128.or(i32x4.shr_u(limbPair(at + 12), 8), high));
    at += 32;
    const d0 = sum5(times(g0, a0), times(g1, s4), times(g2, s3), times(g3, s2), times(g4, s1));
    let d1 = sum5(times(g0, a1), times(g1, a0), times(g2, s4), times(g3, s3), times(g4, s2));
    let d2 = sum5(times(g0, a2), times(g1, a1), times(g2, a0), times(g3, s4), times(g4, s3));
    let d3 = sum5(times(g0, a3), times(g1, a2), times(g2, a1), times(g3, a0), times(g4, s4));
    let d4 = sum5(times(g0, a4), times(g1, a3), times(g2, a2), times(g3, a1), times(g4, a0));
    d1 = i64x2.add(d1, i64x2.shr_u(d0, 26));
    d2 = i64x2.add(d2, i64x2.shr_u(d1, 26));
    d3 = i64x2.add(d3, i64x2.shr_u(d2, 26));
    d4 = i64x2.add(d4, i64x2.shr_u(d3, 26));
    const over = i64x2.shr_u(d4, 26);
    const e0 = i64x2.add(v128.and(d0, long26), i64x2.add(over, i64x2.shl(over, 2)));
    g0 = narrow(v128.and(e0, long26));
    g1 = narrow(i64x2.add(v128.and(d1, long26), i64x2.shr_u(e0, 26)));
    g2 = narrow(v128.and(d2, long26));
    g3 = narrow(v128.and(d3, long26));
    g4 = narrow(v128.and(d4, long26));
  }
  h0 = <u64>i32x4.extract_lane(g0, 0) + <u64>i32x4.extract_lane(g0, 1);
  h1 = <u64>i32x4.extract_lane(g1, 0) + <u64>i32x4.extract_lane(g1, 1);
  h2 = <u64>i32x4.extract_lane(g2, 0) + <u64>i32x4.extract_lane(g2, 1);
  h3 = <u64>i32x4.extract_lane(g3, 0) + <u64>i32x4.extract_lane(g3, 1);
  h4 = <u64>i32x4.extract_lane(g4, 0) + <u64>i32x4.extract_lane(g4, 1);
  h1 += h0 >>> 26; h0 &= mask;
  h2 += h1 >>> 26; h1 &= mask;
  h3 += h2 >>> 26; h2 &= mask;
  h4 += h3 >>> 26; h3 &= mask;
  h0 += (h4 >>> 26) * 5; h4 &= mask;
  h1 += h0 >>> 26; h0 &= mask;
}

/** Writes the tag of the packet's first `length` bytes to `tag`. */
function authenticate(nonce: u32, length: i32): void {
  memory.fill(block, 0, 256);
  xorFourBlocks(block, keys, 0, nonce);
  memory.copy(polyKey, block, 32);
  clampKey();
  const pairs = length >>> 5;
  if (pairs > 0) addPairs(packet, pairs);
  let at = pairs << 5;
  if (length - at >= 16) {
    addBlock(packet + at, 0x1000000);
    at += 16;
  }
  if (length > at) {
    memory.fill(lastBlock, 0, 16);
    memory.copy(lastBlock, packet + at, length - at);
    store<u8>(lastBlock + length - at, 1);
    addBlock(lastBlock, 0);
  }
  writeTag();
}

function writeTag(): void {
  h2 += h1 >>> 26; h1 &= mask;
  h3 += h2 >>> 26; h2 &= mask;
  h4 += h3 >>> 26; h3 &= mask;
  h0 += (h4 >>> 26) * 5; h4 &= mask;
  h1 += h0 >>> 26; h0 &= mask;
  // h - p where that is not negative, chosen without a branch
  let g0 = h0 + 5;
  let g1 = h1 + (g0 >>> 26); g0 &= mask;
  let g2 = h2 + (g1 >>> 26); g1 &= mask;
  let g3 = h3 + (g2 >>> 26); g2 &= mask;
  const g4 = h4 + (g3 >>> 26) - 0x4000000; g3 &= mask;
  const keep: u64 = (g4 >>> 63) - 1; // all ones where h is p or more
  h0 = (h0 & ~keep) | (g0 & keep);
  h1 = (h1 & ~keep) | (g1 & keep);
  h2 = (h2 & ~keep) | (g2 & keep);
  h3 = (h3 & ~keep) | (g3 & keep);
  h4 = (h4 & ~keep) | (g4 & keep);
  let f: u64 = ((h0 | (h1 << 26)) & 0xffffffff) + load<u32>(polyKey + 16);
  store<u32>(tag, f as u32);
  f = (((h1 >>> 6) | (h2 << 20)) & 0xffffffff) + load<u32>(polyKey + 20) + (f >>> 32);
  store<u32>(tag + 4, f as u32);
  f = (((h2 >>> 12) | (h3 << 14)) & 0xffffffff) + load<u32>(polyKey + 24) + (f >>> 32);
  store<u32>(tag + 8, f as u32);
  f = (((h3 >>> 18) | (h4 << 8)) & 0xffffffff) + load<u32>(polyKey + 28) + (f >>> 32);
  store<u32>(tag + 12, f as u32);
}

// ---- Packets ----

/** Gives the length that the packet's first four bytes say, which stay encrypted. */
export function readLength(sequence: u32): u32 {
  memory.fill(block, 0, 256);
  memory.copy(block, packet, 4);
  xorFourBlocks(block, keys + 32, 0, sequence);
  return bswap<u32>(load<u32>(block));
}

/** Checks the tag behind a packet of `length` bytes and decrypts them; gives 0 for a wrong tag. */
export function open(sequence: u32, length: i32): i32 {
  authenticate(sequence, 4 + length);
  const theirs = v128.load(packet + 4 + length);
  if (v128.any_true(v128.xor(v128.load(tag), theirs))) return 0;
  xorStream(packet + 4, length, keys, 1, sequence);
  return 1;
}

/** Encrypts a packet of four bytes and `length` more, and puts the tag behind it. */
export function seal(sequence: u32, length: i32): void {
  xorStream(packet, 4, keys + 32, 0, sequence);
  xorStream(packet + 4, length, keys, 1, sequence);
  authenticate(sequence, 4 + length);
  memory.copy(packet + 4 + length, tag, tagBytes);
}

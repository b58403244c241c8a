/* G.711 mu-law: one byte per sample, as telephones have it. */

const BIAS = 0x84
const CLIP = 32635

export function encode(sample: number): number {
  let s = Math.max(-1, Math.min(1, sample)) * 32767
  const sign = s < 0 ? 0x80 : 0
  s = Math.min(CLIP, Math.abs(s)) + BIAS
  const exponent = Math.max(0, Math.floor(Math.log2(s)) - 7)
  return ~(sign | (exponent << 4) | ((s >> (exponent + 3)) & 0x0f)) & 0xff
}

export function decode(byte: number): number {
  const b = ~byte & 0xff
  const magnitude = ((((b & 0x0f) << 3) + BIAS) << ((b >> 4) & 7)) - BIAS
  return (b & 0x80 ? -magnitude : magnitude) / 32768
}

export const toBase64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))
export const fromBase64 = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))

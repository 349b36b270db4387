/** The parts used of packages that ship no types. */
interface Codec { getEncodedBuffer(length: number): Uint8Array; decode(): void; getDecodedBuffer(): Uint8Array; delete(): void }

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const load: (options: { wasmBinary: ArrayBuffer; print: () => void; printErr: () => void }) => Promise<{ J2KDecoder: new () => Codec }>
  export default load
}
declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const load: (options: { wasmBinary: ArrayBuffer; print: () => void; printErr: () => void }) => Promise<{ JpegLSDecoder: new () => Codec & { getInterleaveMode(): number } }>
  export default load
}

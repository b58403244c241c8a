/* The microphone as mu-law, and the agent's mu-law as sound, played piece after piece. */
import worklet from './capture.worklet.js?url'
import { decode, encode, fromBase64, toBase64 } from './mulaw'

const RATE = 8000
const LEAD_S = 0.06 /* between the arrival of the first piece and its sound: what the network may vary */

export interface Ears {
  stop: () => void
}

export async function listen(context: AudioContext, onPiece: (payload: string) => void): Promise<Ears> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } })
  await context.audioWorklet.addModule(worklet)
  const source = context.createMediaStreamSource(stream)
  const capture = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 })
  capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => onPiece(toBase64(Uint8Array.from(data, encode)))
  source.connect(capture)
  return {
    stop: () => {
      source.disconnect()
      stream.getTracks().forEach((track) => track.stop())
    },
  }
}

export class Mouth {
  private until = 0
  private playing = new Set<AudioBufferSourceNode>()
  private marks: { name: string; timer: number }[] = []

  constructor(
    private context: AudioContext,
    private onPlayed: (mark: string) => void,
  ) {}

  play(payload: string) {
    const samples = Float32Array.from(fromBase64(payload), decode)
    const buffer = this.context.createBuffer(1, samples.length, RATE)
    buffer.copyToChannel(samples, 0)
    const source = this.context.createBufferSource()
    source.buffer = buffer
    source.connect(this.context.destination)
    source.onended = () => this.playing.delete(source)
    this.until = Math.max(this.until, this.context.currentTime + LEAD_S)
    source.start(this.until)
    this.until += buffer.duration
    this.playing.add(source)
  }

  /* Told once all that was put before it has been played. */
  mark(name: string) {
    const wait = Math.max(0, this.until - this.context.currentTime) * 1000
    const timer = window.setTimeout(() => {
      this.marks = this.marks.filter((mark) => mark.timer !== timer)
      this.onPlayed(name)
    }, wait)
    this.marks.push({ name, timer })
  }

  /* Falls silent at once; the marks come back now, as the telephone network does it. */
  clear() {
    this.playing.forEach((source) => source.stop())
    this.playing.clear()
    this.until = 0
    const { marks } = this
    this.marks = []
    for (const { name, timer } of marks) {
      window.clearTimeout(timer)
      this.onPlayed(name)
    }
  }
}

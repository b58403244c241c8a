/* The microphone as mu-law, and the agent's mu-law as sound, played piece after piece. */
import worklet from './capture.worklet.js?url'
import { decode, encode, fromBase64, toBase64 } from './mulaw'

const RATE = 8000
const LEAD_S = 0.06 /* between the arrival of the first piece and its sound: what the network may vary */
const TELEPHONE_HZ = 3400
const FOURTH_ORDER_DB = [-5.3, 2.3] /* the two resonances of a filter that is flat below its edge */

export interface Ears {
  stop: () => void
}

/* What lies above the telephone's band would come back as a whistle within it. */
function withoutHeights(source: AudioNode): AudioNode {
  return FOURTH_ORDER_DB.reduce((before, Q) => before.connect(new BiquadFilterNode(source.context, { type: 'lowpass', frequency: TELEPHONE_HZ, Q })), source)
}

const loudness = (samples: Float32Array) => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)

export async function listen(onPiece: (payload: string, loud: number) => void): Promise<Ears> {
  const context = new AudioContext()
  let stream: MediaStream | undefined
  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop())
    void context.close()
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } })
    await context.audioWorklet.addModule(worklet)
  } catch (error) {
    stop()
    throw error
  }
  const capture = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 })
  capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => onPiece(toBase64(Uint8Array.from(data, encode)), loudness(data))
  withoutHeights(context.createMediaStreamSource(stream)).connect(capture)
  return { stop }
}

/* It has the telephone's own rate, so that pieces join without a click. */
export class Mouth {
  private context = new AudioContext({ sampleRate: RATE })
  private until = 0
  private playing = new Set<AudioBufferSourceNode>()
  private marks: { name: string; timer: number }[] = []

  constructor(private onPlayed: (mark: string) => void) {}

  play(payload: string) {
    const samples = Float32Array.from(fromBase64(payload), decode)
    const buffer = this.context.createBuffer(1, samples.length, RATE)
    buffer.copyToChannel(samples, 0)
    const source = new AudioBufferSourceNode(this.context, { buffer })
    source.connect(this.context.destination)
    source.onended = () => this.playing.delete(source)
    this.until = Math.max(this.until, this.context.currentTime + LEAD_S)
    source.start(this.until)
    this.until += buffer.duration
    this.playing.add(source)
  }

  /* Told once all that was put before it has been heard. */
  mark(name: string) {
    const wait = Math.max(0, this.until - this.context.currentTime + (this.context.outputLatency || 0)) * 1000
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

  close() {
    this.marks.forEach(({ timer }) => window.clearTimeout(timer))
    this.marks = []
    void this.context.close()
  }
}

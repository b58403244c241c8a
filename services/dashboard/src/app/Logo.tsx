import icon from '@/icon.svg'

export function Logo() {
  return (
    <span className="logo">
      <img src={icon} alt="" />
      <span>Voice agent</span>
    </span>
  )
}

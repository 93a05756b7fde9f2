// What staff read, in Vietnamese and English.

const WORDS = {
  // Everywhere
  product: ["Tiếp Đón", "Tiếp Đón"],
  skip: ["Đến nội dung chính", "Skip to content"],
  nav: ["Điều hướng", "Navigation"],
  start: ["Trang đầu", "Start"],
  rooms: ["Phòng", "Rooms"],
  displays: ["Màn hình", "Displays"],
  administration: ["Quản trị", "Administration"],
  statistics: ["Thống kê", "Statistics"],
  log_in: ["Đăng nhập", "Log in"],
  log_out: ["Đăng xuất", "Log out"],
  other_language: ["English", "Tiếng Việt"],
  theme: ["Sáng / tối", "Light / dark"],
  loading: ["Đang tải…", "Loading…"],
  save: ["Lưu", "Save"],
  cancel: ["Huỷ", "Cancel"],
  close: ["Đóng", "Close"],
  remove: ["Xoá", "Remove"],
  add: ["Thêm", "Add"],
  reload: ["Tải lại", "Reload"],
  name: ["Tên", "Name"],
  id: ["Mã", "Id"],
  zone: ["Khu vực", "Waiting area"],
  room: ["Phòng", "Room"],
  service: ["Dịch vụ", "Service"],
  services: ["Dịch vụ", "Services"],
  offline: ["Mất kết nối – đang thử lại", "No connection – trying again"],
  offline_since: ["Mất kết nối {} – danh sách có thể chưa mới", "No connection for {} – the list may be old"],
  online_again: ["Đã kết nối lại", "Connected again"],
  seconds: ["{} giây", "{} s"],
  minutes: ["{} phút", "{} min"],
  hours_minutes: ["{} giờ {} phút", "{} h {} min"],
  unknown_problem: ["Không thực hiện được", "It could not be done"],
  not_allowed: ["Tài khoản này không có quyền xem trang này.", "This account may not see this page."],
  // Start
  choose_room: ["Chọn phòng để gọi số", "Choose a room to call into"],
  choose_display: ["Mở màn hình cho khu chờ", "Open a display for a waiting area"],
  office: ["Văn phòng", "Office"],
  calls_for: ["Gọi cho: {}", "Calls for: {}"],
  // Log in
  user: ["Tên đăng nhập", "User name"],
  password: ["Mật khẩu", "Password"],
  wrong_login: ["Sai tên đăng nhập hoặc mật khẩu.", "Wrong user name or password."],
  too_many: ["Thử quá nhiều lần. Hãy đợi rồi thử lại.", "Too many attempts. Wait, then try again."],
  // Room
  call_next: ["Gọi số tiếp theo", "Call next"],
  recall: ["Gọi lại", "Call again"],
  arrived: ["Đã vào phòng", "In the room"],
  finish: ["Xong", "Done"],
  missed: ["Lỡ lượt", "Missed"],
  away: ["Đi xét nghiệm", "Away for tests"],
  transfer: ["Chuyển", "Transfer"],
  hold: ["Tạm giữ", "Hold"],
  cancel_number: ["Huỷ số", "Cancel number"],
  call_this: ["Gọi", "Call"],
  call_number: ["Gọi số {}", "Call number {}"],
  come_back: ["Đã quay lại", "Is back"],
  waits_again: ["Cho chờ lại", "Waits again"],
  nobody_here: ["Phòng đang trống", "The room is free"],
  nobody_waits: ["Không có ai đang chờ", "Nobody is waiting"],
  now_here: ["Đang gọi vào phòng", "Called into this room"],
  is_in_room: ["Đang ở trong phòng", "In the room"],
  waiting_list: ["Đang chờ", "Waiting"],
  aside_list: ["Lỡ lượt, đi xét nghiệm, tạm giữ", "Missed, away, on hold"],
  aside_none: ["Không có", "None"],
  more_wait: ["và {} số khác", "and {} more"],
  number: ["Số", "Number"],
  place: ["TT", "Place"],
  why: ["Lý do", "Why"],
  waited: ["Đã chờ", "Waited"],
  action: ["Thao tác", "Action"],
  state: ["Trạng thái", "State"],
  said_called: ["Đã gọi số {}.", "Number {} was called."],
  said_nobody: ["Không có ai để gọi.", "There is nobody to call."],
  said_done: ["Đã ghi: {} – {}.", "Noted: {} – {}."],
  waiting_for_answer: ["Đang gửi…", "Sending…"],
  shortcuts: ["Phím tắt", "Shortcut keys"],
  shortcuts_on: ["Phím tắt: bật", "Shortcut keys: on"],
  shortcuts_off: ["Phím tắt: tắt", "Shortcut keys: off"],
  policy_strict: ["Ưu tiên luôn gọi trước", "Priority is always called first"],
  policy_ratio: ["{} ưu tiên rồi {} thường", "{} from priority, then {} from normal"],
  policy_ageing: ["Ưu tiên được tính sớm hơn {} phút", "Priority counts as {} minutes earlier"],
  why_emergency: ["Cấp cứu", "Emergency"],
  why_back: ["Quay lại", "Is back"],
  why_booked: ["Đến giờ hẹn {}", "Appointment at {}"],
  why_priority_turn: ["Lượt ưu tiên", "Priority's turn"],
  why_normal_turn: ["Lượt thường", "Normal line's turn"],
  why_longest_wait: ["Chờ lâu nhất", "Waited longest"],
  why_in_order: ["Theo thứ tự đến", "Order of arrival"],
  why_nobody_else: ["Chưa đến lượt, không còn ai khác", "Not due yet, nobody else waits"],
  line_emergency: ["Cấp cứu", "Emergency"],
  line_priority: ["Ưu tiên", "Priority"],
  line_booked: ["Đã hẹn", "Booked"],
  line_normal: ["Thường", "Normal"],
  state_waiting: ["Đang chờ", "Waiting"],
  state_called: ["Đã gọi", "Called"],
  state_in_room: ["Trong phòng", "In the room"],
  state_done: ["Xong", "Done"],
  state_missed: ["Lỡ lượt", "Missed"],
  state_away: ["Đi xét nghiệm", "Away for tests"],
  state_held: ["Tạm giữ", "On hold"],
  state_cancelled: ["Đã huỷ", "Cancelled"],
  state_voided: ["Đã thu hồi", "Taken back"],
  transfer_number: ["Chuyển số {}", "Transfer number {}"],
  to_service: ["Đến dịch vụ", "To service"],
  to_room: ["Phòng gọi", "Room that calls"],
  any_room: ["Phòng nào cũng được", "Any room"],
  placement: ["Vị trí trong hàng", "Place in the line"],
  keep_place: ["Giữ thứ tự đến", "Keep its place by arrival"],
  after_current: ["Ngay sau số đang gọi", "After the current one"],
  end: ["Cuối hàng", "At the end"],
  groups: ["Nhóm ưu tiên", "Priority groups"],
  groups_number: ["Nhóm ưu tiên của số {}", "Priority groups of number {}"],
  groups_verified: ["Nhân viên đã kiểm tra", "Staff have checked"],
  group_declared: ["{} (người bệnh tự khai)", "{} (declared by the patient)"],
  group_emergency: ["Cấp cứu", "Emergency"],
  group_under6: ["Trẻ dưới 6 tuổi", "Child under six"],
  group_pregnant: ["Phụ nữ có thai", "Pregnant"],
  group_severe_disability: ["Khuyết tật nặng, đặc biệt nặng", "Severe disability"],
  group_aged_75: ["Từ đủ 75 tuổi trở lên", "75 years or older"],
  group_merit: ["Người có công", "Merit to the revolution"],
  staff_check: ["Nhân viên kiểm tra: {}", "Staff check: {}"],
  check_identity: ["giấy tờ tùy thân", "identity"],
  check_appointment: ["lịch hẹn", "appointment"],
  unknown_room: ["Không có phòng này.", "There is no such room."],
  help_at: ["Máy {} cần giúp đỡ (từ {})", "Kiosk {} asks for help (since {})"],
  help_seen: ["Đã giúp", "Seen to"],
  help_seen_at: ["Đã giúp tại máy {}", "Seen to kiosk {}"],
  // Administration
  hospital_rules: ["Bệnh viện và quy tắc", "Hospital and rules"],
  hospital: ["Tên bệnh viện", "Hospital's name"],
  address: ["Địa chỉ, điện thoại", "Address, telephone"],
  time_zone: ["Múi giờ", "Time zone"],
  day_start_hour: ["Ngày mới bắt đầu lúc (giờ)", "New day begins at (hour)"],
  priority_policy: ["Quy tắc ưu tiên", "Priority policy"],
  kind_strict: ["Ưu tiên luôn trước", "Priority first, always"],
  kind_ratio: ["Theo tỷ lệ", "By a ratio"],
  kind_ageing: ["Cộng thêm thời gian chờ", "By a head start"],
  ratio_priority: ["Số ưu tiên mỗi vòng", "Priority numbers a round"],
  ratio_normal: ["Số thường mỗi vòng", "Normal numbers a round"],
  head_start: ["Được tính sớm hơn (phút)", "Head start (minutes)"],
  declared_count: ["Nhóm ưu tiên tự khai được tính", "A group that is only declared counts"],
  booking_early: ["Người hẹn đến sớm nhất (phút)", "Booked: earliest before time (minutes)"],
  booking_late: ["Người hẹn đến muộn nhất (phút)", "Booked: latest after time (minutes)"],
  rejoin_after: ["Số lỡ lượt: gọi lại sau (lượt)", "Missed number: called again after (calls)"],
  rejoin_times: ["Số lỡ lượt: quay lại nhiều nhất (lần)", "Missed number: comes back at most (times)"],
  zones: ["Khu vực chờ", "Waiting areas"],
  devices: ["Thiết bị", "Devices"],
  users: ["Tài khoản", "Users"],
  where: ["Nơi chờ (in trên phiếu)", "Place (on the ticket)"],
  series: ["Chữ số phiếu", "Series"],
  hours: ["Giờ cấp số", "Opening hours"],
  hours_help: ["ví dụ 06:30-11:30, 13:30-16:30; để trống: luôn mở", "such as 06:30-11:30, 13:30-16:30; empty: always"],
  quota: ["Số tối đa mỗi ngày", "Numbers a day"],
  appointment_minutes: ["Hẹn khám mỗi bao nhiêu phút (để trống: không nhận hẹn)", "Minutes between appointments (empty: none)"],
  return_after: ["Người mới giữa hai người quay lại", "New ones between two who are back"],
  room_services: ["Phòng gọi cho dịch vụ", "Services the room calls for"],
  unsaved: ["Có thay đổi chưa lưu", "There are unsaved changes"],
  saved_version: ["Đã lưu. Phiên bản {} đang có hiệu lực.", "Saved. Version {} is in force."],
  version_by: ["Phiên bản {}, {} – {}", "Version {}, {} – {}"],
  version_seed: ["Phiên bản 1, từ tệp cấu hình", "Version 1, from the configuration file"],
  outdated: ["Người khác đã đổi cài đặt. Tải lại để xem.", "Somebody else has changed the settings. Reload to see them."],
  remove_what: ["Xoá {}", "Remove {}"],
  last_fault: ["Lỗi gần nhất", "Last fault"],
  role: ["Vai trò", "Role"],
  seen: ["Gặp lần cuối", "Last seen"],
  never: ["chưa", "never"],
  no_devices: ["Chưa có thiết bị nào.", "No devices yet."],
  new_code: ["Cấp mã đăng ký", "New code"],
  device_id: ["Mã thiết bị", "Device id"],
  make_code: ["Tạo mã", "Make a code"],
  code_is: ["Nhập mã này tại thiết bị {}:", "Type this code at device {}:"],
  expires: ["Hết hạn lúc {}", "Expires at {}"],
  revoke: ["Thu hồi khoá", "Revoke key"],
  revoke_what: ["Thu hồi khoá của {}", "Revoke key of {}"],
  revoked: ["Đã thu hồi", "Revoked"],
  active: ["Đang dùng", "Active"],
  locked_until: ["Khoá đến {}", "Locked until {}"],
  closed_account: ["Đã đóng", "Closed"],
  no_report: ["chưa báo", "no report"],
  device_online: ["hoạt động", "online"],
  device_offline: ["không hoạt động", "offline"],
  device_power_off: ["mất điện", "without power"],
  device_no_device: ["không thấy", "not there"],
  device_hardware_error: ["hỏng", "broken"],
  device_user_error: ["cần người xử lý", "needs somebody"],
  device_device_busy: ["đang bận", "busy"],
  device_fraud_attempt: ["bị can thiệp", "tampered with"],
  device_potential_fraud: ["nghi bị can thiệp", "perhaps tampered with"],
  device_starting: ["đang khởi động", "starting"],
  paper_full: ["đủ giấy", "paper full"],
  paper_low: ["sắp hết giấy", "paper low"],
  paper_out: ["hết giấy", "paper out"],
  paper_jammed: ["kẹt giấy", "paper jammed"],
  paper_unknown: ["không rõ giấy", "paper unknown"],
  role_kiosk: ["Máy lấy số", "Kiosk"],
  role_display: ["Màn hình", "Display"],
  role_room: ["Phòng", "Room"],
  role_nurse: ["Nhân viên phòng", "Staff of rooms"],
  role_administrator: ["Quản trị", "Administrator"],
  role_statistics: ["Xem thống kê", "Statistics reader"],
  new_user: ["Tài khoản mới", "New user"],
  rooms_of_user: ["Làm việc tại phòng", "Works in rooms"],
  new_password: ["Mật khẩu mới (ít nhất 10 ký tự)", "New password (at least 10 characters)"],
  set_password: ["Đặt mật khẩu", "Set password"],
  password_of: ["Đặt mật khẩu cho {}", "Set password for {}"],
  close_account: ["Đóng tài khoản", "Close account"],
  close_account_of: ["Đóng tài khoản {}", "Close account of {}"],
  password_set: ["Đã đặt mật khẩu cho {}.", "The password of {} was set."],
  confirm_remove: ["Chắc chắn?", "Really?"],
  yes: ["Có", "Yes"],
  // Statistics
  from: ["Từ ngày", "From"],
  to: ["Đến ngày", "To"],
  show: ["Xem", "Show"],
  today: ["Hôm nay", "Today"],
  last_7: ["7 ngày", "7 days"],
  last_30: ["30 ngày", "30 days"],
  csv: ["Tải CSV", "Download CSV"],
  issued: ["Số đã cấp", "Numbers issued"],
  called: ["Số đã gọi", "Numbers called"],
  missed_count: ["Lỡ lượt", "Missed"],
  waiting_median: ["Chờ (trung vị)", "Waiting (median)"],
  waiting_p90: ["Chờ (9 trên 10 người)", "Waiting (9 in 10)"],
  service_median: ["Khám (trung vị)", "Service (median)"],
  service_p90: ["Khám (9 trên 10 người)", "Service (9 in 10)"],
  by_hour: ["Theo giờ lấy số", "By the hour of issue"],
  by_service: ["Theo dịch vụ", "By service"],
  by_room: ["Theo phòng", "By room"],
  hour: ["Giờ", "Hour"],
  chart_issued: ["Số đã cấp mỗi giờ", "Numbers issued by hour"],
  chart_waiting: ["Thời gian chờ mỗi giờ: trung vị và 9 trên 10", "Waiting by hour: median and 9 in 10"],
  no_figures: ["Không có số nào trong những ngày này.", "No numbers on these days."],
  median: ["trung vị", "median"],
  nine_in_ten: ["9 trên 10", "9 in 10"],
};

const LANGUAGES = ["vi", "en"];

function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    // Storage may be switched off; then nothing is remembered.
    return null;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}

export { remembered };

const asked = new URLSearchParams(location.search).get("lang") ?? remembered("language");
export const language = LANGUAGES.includes(asked) ? asked : "vi";
if (new URLSearchParams(location.search).has("lang")) {
  remember("language", language);
}

/// The words of `key`, with the values in the place of each `{}`.
export function t(key, ...values) {
  const entry = WORDS[key];
  if (!entry) {
    throw new Error(`no words for ${key}`);
  }
  const left = [...values];
  return entry[LANGUAGES.indexOf(language)].replace(/\{\}/g, () => String(left.shift() ?? ""));
}

/// A time as people say it.
export function duration(seconds) {
  if (seconds < 60) {
    return t("seconds", Math.round(seconds));
  }
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? t("minutes", minutes) : t("hours_minutes", Math.floor(minutes / 60), minutes % 60);
}

const clockFormat = new Intl.DateTimeFormat(language === "vi" ? "vi-VN" : "en-GB", { hour: "2-digit", minute: "2-digit" });
const dateFormat = new Intl.DateTimeFormat(language === "vi" ? "vi-VN" : "en-GB", {
  day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit",
});

export const clock = (millis) => clockFormat.format(new Date(millis));
export const dateTime = (millis) => (millis > 0 ? dateFormat.format(new Date(millis)) : "–");

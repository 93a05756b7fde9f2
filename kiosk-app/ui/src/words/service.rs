//! Services, groups that go first, and appointments.

super::words! {
    CHOOSE { vi: "Mời chọn nơi khám", en: "Choose a service", zh: "请选择科室" }
    WAITING { vi: "{} người đang chờ", en: "{} waiting", zh: "{}人在等" }
    NOBODY_WAITS { vi: "Chưa có ai chờ", en: "No waiting", zh: "无人等候" }
    WAIT { vi: "{} phút", en: "{} min", zh: "{}分钟" }
    WAIT_SPOKEN { vi: "chờ khoảng {} phút", en: "about {} minutes", zh: "约等{}分钟" }
    CLOSED { vi: "Đã đóng", en: "Closed", zh: "已关闭" }
    OPENS_AT { vi: "Mở lúc {}", en: "Opens at {}", zh: "{}开放" }
    NONE_LEFT { vi: "Hết số hôm nay", en: "No numbers left", zh: "今日无号" }
    HOURS { vi: "Giờ lấy số {}", en: "Open {}", zh: "取号时间 {}" }

    AGE_UNDER_6 { vi: "Người bệnh dưới 6 tuổi?", en: "Is the patient under 6?", zh: "患者未满6岁吗？" }
    AGE_75 { vi: "Người bệnh từ 75 tuổi trở lên?", en: "Is the patient 75 or older?", zh: "患者满75岁了吗？" }
    GOES_FIRST { vi: "Nếu đúng, người bệnh được khám trước.", en: "If so, the patient goes first.", zh: "如果是，可优先就诊。" }
    I_GO_FIRST { vi: "Tôi được ưu tiên", en: "I have priority", zh: "我可优先" }
    WHICH_GROUP { vi: "Bạn thuộc nhóm nào?", en: "Which group are you in?", zh: "您属于哪一类？" }
    STAFF_CHECK { vi: "Nhân viên sẽ xem giấy tờ.", en: "Staff will check your papers.", zh: "工作人员会核对证件。" }
    EMERGENCY { vi: "Cấp cứu", en: "Emergency", zh: "急诊" }
    UNDER_6 { vi: "Trẻ dưới 6 tuổi", en: "Child under 6", zh: "6岁以下儿童" }
    PREGNANT { vi: "Phụ nữ có thai", en: "Pregnant", zh: "孕妇" }
    DISABILITY { vi: "Khuyết tật nặng", en: "Severe disability", zh: "重度残疾" }
    AGED_75 { vi: "Từ 75 tuổi trở lên", en: "75 or older", zh: "75岁及以上" }
    MERIT { vi: "Người có công với cách mạng", en: "Merit to the revolution", zh: "革命有功人员" }
    PRIORITY { vi: "Được ưu tiên: {}", en: "Goes first: {}", zh: "优先：{}" }
    PRIORITY_DECLARED { vi: "Ưu tiên: {} (nhân viên xem giấy tờ)", en: "Goes first: {} (staff will check)", zh: "优先：{}（需核对证件）" }

    APPOINTMENT { vi: "Bạn có hẹn giờ khám không?", en: "Do you have an appointment?", zh: "您有预约吗？" }
    APPOINTMENT_WHICH { vi: "Nếu có, mời chọn giờ hẹn.", en: "If so, choose its time.", zh: "如有，请选择预约时间。" }
    NO_APPOINTMENT { vi: "Tôi không có hẹn", en: "No appointment", zh: "没有预约" }
}
